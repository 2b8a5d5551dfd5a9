import { Secret } from '#secret';
import { z } from 'zod';
import { list, port, secretUrl, url } from './config-values';
import { envExample } from './env-example';
import { loadConfig, readConfig } from './load-config';

const canary = 'hunter2canary';

const schema = z
  .object({
    ORDERS_HTTP_PORT: port().default(8080).meta({ description: 'Where HTTP is served.', example: '8080' }),
    ORDERS_DATABASE_URL: secretUrl('postgres', 'postgresql').meta({
      description: 'The database, as its own role.',
      example: 'postgres://orders:password@127.0.0.1:5432/patchbay',
    }),
    ORDERS_KEYS_URL: url('https', 'file').optional().meta({ description: 'The key set.', example: 'https://issuer.example/jwks.json' }),
    ORDERS_RANGES: list(z.cidrv4('is not a list of CIDR ranges'))
      .default([])
      .meta({ description: 'Ranges it may call.', example: '10.0.0.0/8,192.168.0.0/16' }),
  })
  .transform((env) => ({ port: env.ORDERS_HTTP_PORT, databaseUrl: env.ORDERS_DATABASE_URL, ranges: env.ORDERS_RANGES }));

const complete = { ORDERS_DATABASE_URL: `postgres://orders:${canary}@127.0.0.1/patchbay` };

const problemsOf = (env: Record<string, string>): readonly string[] => {
  const read = readConfig(schema, env);
  return 'problems' in read ? read.problems : [];
};

describe('the configuration of a process', () => {
  it('is in its own shape, with defaults filled in and secrets wrapped', () => {
    const config = loadConfig(schema, { ...complete, ORDERS_RANGES: ' 10.0.0.0/8, 127.0.0.1/32,' });
    expect(config).toEqual({ port: 8080, databaseUrl: expect.any(Secret), ranges: ['10.0.0.0/8', '127.0.0.1/32'] });
    expect(config.databaseUrl.reveal()).toBe(complete.ORDERS_DATABASE_URL);
    expect(JSON.stringify(config)).not.toContain(canary);
  });

  it('takes a variable that is set to nothing as not set', () => {
    expect(problemsOf({ ...complete, ORDERS_HTTP_PORT: '', ORDERS_KEYS_URL: '' })).toEqual([]);
  });

  it('is refused with every problem at once, each with its name and an example', () => {
    expect(problemsOf({ ORDERS_HTTP_PORT: '65536', ORDERS_KEYS_URL: 'http://issuer.example', ORDERS_RANGES: '10.0.0.0/8,ten' })).toEqual([
      'ORDERS_HTTP_PORT is not a port: a whole number from 0 to 65535, for example ORDERS_HTTP_PORT=8080',
      'ORDERS_DATABASE_URL is not set, for example ORDERS_DATABASE_URL=postgres://orders:password@127.0.0.1:5432/patchbay',
      'ORDERS_KEYS_URL is not a URL that begins with https: or file:, for example ORDERS_KEYS_URL=https://issuer.example/jwks.json',
      'ORDERS_RANGES is not a list of CIDR ranges, for example ORDERS_RANGES=10.0.0.0/8,192.168.0.0/16',
    ]);
  });

  it('never shows the value that is wrong, as it may be a secret in the wrong place', () => {
    const problems = problemsOf({ ORDERS_HTTP_PORT: canary, ORDERS_DATABASE_URL: canary, ORDERS_KEYS_URL: canary, ORDERS_RANGES: canary });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain(canary);
  });

  it.each([
    ['PATCHBAY_HTTP_PROT', 'PATCHBAY_HTTP_PROT is not a name that Patchbay knows: did you mean PATCHBAY_HTTP_PORT?'],
    ['PATCHBAY_DATE', 'PATCHBAY_DATE is not a name that Patchbay knows: did you mean PATCHBAY_DATA?'],
    ['PATCHBAY_ENCRYPTION_ALGORITHM', 'PATCHBAY_ENCRYPTION_ALGORITHM is not a name that Patchbay knows'],
  ])('refuses %s, which nobody reads', (name, problem) => {
    expect(problemsOf({ ...complete, [name]: 'x' })).toEqual([problem]);
  });

  it('leaves alone what belongs to the installation or to somebody else', () => {
    expect(problemsOf({ ...complete, PATCHBAY_DATA: '/srv/patchbay', ORDERS_HTTP_PROT: '1', PATH: '/bin' })).toEqual([]);
  });

  it('ends the process with 78 and everything that is wrong on standard error', () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`exit ${String(code)}`);
    });
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(() => loadConfig(schema, { ORDERS_HTTP_PORT: 'x' })).toThrow('exit 78');
      expect(write.mock.calls.join('')).toMatch(
        /^The configuration has 2 problems:\n {2}ORDERS_HTTP_PORT .*\n {2}ORDERS_DATABASE_URL .*\n$/,
      );
    } finally {
      exit.mockRestore();
      write.mockRestore();
    }
  });
});

describe('a URL', () => {
  it.each([
    ['esdb://one:2113,two:2113,three:2113?tls=true', true],
    ['esdb+discover://cluster.example', true],
    ['esdb://one:port', false],
    ['one:2113', false],
    ['http://one:2113', false],
    ['one', false],
  ])('%s is one of an event store: %s', (text, expected) => {
    expect(url('esdb', 'esdb+discover').safeParse(text).success).toBe(expected);
  });
});

describe('the example environment', () => {
  const other = z.object({
    ORDERS_DATABASE_URL: secretUrl('postgres').meta({ description: 'Again.' }),
    BILLS_PORT: port().meta({ description: 'Bills are served here.' }),
  });

  it('names every variable once, with its sentence; what may be left out is commented out', () => {
    const text = envExample([
      { process: 'orders', schema },
      { process: 'bills', schema: other },
    ]);
    expect(text.slice(text.indexOf('\n') + 1)).toBe(
      [
        '',
        '# ---- orders',
        '# Where HTTP is served.',
        '#ORDERS_HTTP_PORT=8080',
        '# The database, as its own role.',
        'ORDERS_DATABASE_URL=postgres://orders:password@127.0.0.1:5432/patchbay',
        '# The key set.',
        '#ORDERS_KEYS_URL=https://issuer.example/jwks.json',
        '# Ranges it may call.',
        '#ORDERS_RANGES=10.0.0.0/8,192.168.0.0/16',
        '',
        '# ---- bills',
        '# Bills are served here.',
        'BILLS_PORT=',
        '',
      ].join('\n'),
    );
  });

  it('refuses a variable without a sentence', () => {
    expect(() => envExample([{ process: 'orders', schema: z.object({ ORDERS_SILENT: port() }) }])).toThrow('ORDERS_SILENT has no sentence');
  });
});
