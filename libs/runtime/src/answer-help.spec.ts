import { z } from 'zod';
import { answerHelp, helpOf } from './answer-help';
import { port } from './config-values';

const description = {
  command: 'node orders.js',
  does: 'Takes orders.',
  schema: z.object({
    ORDERS_DATABASE_URL: z.string().meta({ description: 'Where orders are kept.' }),
    ORDERS_PORT: port().default(8080).meta({ description: 'Where orders are taken.' }),
    ORDERS_LIMIT: z.string().optional().meta({ description: 'How many are taken.' }),
  }),
};

/** What the process wrote and how it ended; `ended` is null when it goes on. */
const answerTo = (...args: string[]): { ended: unknown; out: string; err: string } => {
  const written = { out: '', err: '' };
  const ending = new Error('ended');
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((written.out += String(text)))),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((written.err += String(text)))),
    jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw Object.assign(ending, { code });
    }),
  ];
  let ended: unknown = null;
  try {
    answerHelp(description, args);
  } catch (error) {
    if (error !== ending) throw error;
    ended = (error as { code?: unknown }).code;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return { ended, ...written };
};

describe('the help of a process', () => {
  it('says what it does, and every variable with its sentence and its default', () => {
    expect(helpOf(description)).toContain(`node orders.js

Takes orders. It is configured by environment variables:

  ORDERS_DATABASE_URL (required)
      Where orders are kept.

  ORDERS_PORT (8080)
      Where orders are taken.

  ORDERS_LIMIT
      How many are taken.
`);
  });

  it.each(['--help', '-h'])('is all a process does that is asked with %s', (flag) => {
    expect(answerTo(flag)).toEqual({ ended: 0, out: helpOf(description), err: '' });
  });

  it.each([['--port=1'], ['8080']])('is pointed to where there is an argument: %s', (argument) => {
    expect(answerTo(argument)).toEqual({ ended: 64, out: '', err: expect.stringContaining('no arguments but --help') });
  });

  it('lets a process without arguments go on', () => {
    expect(answerTo()).toEqual({ ended: null, out: '', err: '' });
  });
});
