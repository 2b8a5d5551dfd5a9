import { Secret } from '#secret';
import { withCorrelation } from './correlation';
import { createLogger, type Logger } from './create-logger';
import { NestLogger } from './nest-logger';

const canary = 'sk_live_canary';

type Line = Record<'level' | 'msg', string> & { correlationId?: string; err?: unknown };

/** A logger, and everything it wrote: as objects and as the text it was. */
function listen(): { logger: Logger; lines: () => Line[]; text: () => string } {
  let text = '';
  const logger = createLogger({ process: 'orders', level: 'debug', destination: { write: (line) => void (text += line) } });
  return {
    logger,
    lines: () =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line),
    text: () => text,
  };
}

describe('a log line', () => {
  it('is one JSON object with level, time, process and message', () => {
    const { logger, lines } = listen();
    logger.info({ connectionId: 'c1' }, 'verified');
    expect(lines()).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), process: 'orders', connectionId: 'c1', msg: 'verified' },
    ]);
  });

  it('carries the correlation id of the work it belongs to, however deep and late', async () => {
    const { logger, lines } = listen();
    await Promise.all(
      ['one', 'two'].map((id) =>
        withCorrelation(id, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          logger.info(id);
        }),
      ),
    );
    logger.info('outside');
    expect(lines().map(({ msg, correlationId }) => [msg, correlationId])).toEqual([
      ['one', 'one'],
      ['two', 'two'],
      ['outside', undefined],
    ]);
  });

  it('shows of an error its name, code, message and stack, and nothing it carries besides', () => {
    const { logger, lines, text } = listen();
    const error = Object.assign(new TypeError('refused', { cause: new Error(canary) }), {
      code: 'E42',
      response: { headers: { authorization: canary }, data: canary },
      parameters: [canary],
    });
    logger.error({ err: error }, 'failed');
    logger.error(error);
    for (const { err } of lines()) expect(err).toEqual({ name: 'TypeError', code: 'E42', message: 'refused', stack: expect.any(String) });
    expect(text()).not.toContain(canary);
  });

  it.each([
    ['a secret', { value: Secret.of(canary) }],
    ['credentials', { credentials: { apiKey: canary } }],
    ['an authorization', { authorization: `Bearer ${canary}` }],
    ['headers', { options: { headers: { 'X-Api-Key': canary } } }],
    ['a body', { request: { body: { anything: canary } } }],
    ['a password', { deep: { deeper: { password: canary } } }],
    ['a thrown object', { err: { response: canary } }],
  ])('does not show %s that somebody logged by mistake', (_, fields) => {
    const { logger, text } = listen();
    logger.warn(fields, 'oops');
    expect(text()).toContain('oops');
    expect(text()).not.toContain(canary);
  });
});

describe("Nest's own lines", () => {
  it('arrive with their context, an error with its stack and nothing else', () => {
    const { logger, lines, text } = listen();
    const nest = new NestLogger(logger);
    nest.log('Mapped {/, GET} route', 'RouterExplorer');
    nest.error(Object.assign(new Error('broken'), { body: canary }), 'ExceptionsHandler');
    nest.error('broken', 'Error: broken\n at x', 'ExceptionsHandler');
    expect(lines()).toMatchObject([
      { level: 'debug', context: 'RouterExplorer', msg: 'Mapped {/, GET} route' },
      { level: 'error', context: 'ExceptionsHandler', msg: 'broken', err: { message: 'broken' } },
      { level: 'error', context: 'ExceptionsHandler', msg: 'broken', err: { stack: 'Error: broken\n at x' } },
    ]);
    expect(text()).not.toContain(canary);
  });
});
