import { Duplex } from 'node:stream';
import { guarded } from './appending-client';

describe('the call that carries appends', () => {
  it('is destroyed when the server ends it, as the client would keep appending into it', async () => {
    const call = new Duplex({ objectMode: true, read: () => undefined, write: (_message, _encoding, done) => done() });
    const failed = new Promise<unknown>((resolve) => guarded(call).on('error', resolve));
    call.resume().push(null);
    expect(await failed).toMatchObject({ message: 'the server ended the call' });
    expect(call.destroyed).toBe(true);
  });
});
