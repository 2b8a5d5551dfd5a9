import { eventually } from './eventually';

describe('waiting for something', () => {
  it('ends with what the probe finds once it finds anything', async () => {
    let asked = 0;
    expect(
      await eventually(() => {
        asked += 1;
        if (asked === 1) throw new Error('not there');
        return asked > 2 && 'there';
      }),
    ).toBe('there');
    expect(asked).toBe(3);
  });

  it('takes anything but false for found', async () => {
    expect(await eventually(() => 0)).toBe(0);
    expect(await eventually(() => null)).toBeNull();
  });

  it('gives up with the last thing the probe said', async () => {
    let asked = 0;
    await expect(
      eventually(
        () => {
          asked += 1;
          throw new Error(`attempt ${asked}`);
        },
        { within: 50 },
      ),
    ).rejects.toThrow(/^attempt [2-9]$/);
  });

  it('says so when the probe was false to the end', async () => {
    await expect(eventually(() => false, { within: 50 })).rejects.toThrow('It was still false after 50 ms.');
  });
});
