import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const runtime = resolve(__dirname, '../../../dist/libs/runtime/src/index.js');

/** A process that runs a service given as source text; `stop` and `start` are what its service does. */
function processOf({ start = '', stop = '' }): { child: ChildProcess; output: Promise<string>; exit: Promise<number | null> } {
  const source = `
    const { runProcess, CannotStart } = require(${JSON.stringify(runtime)});
    runProcess('orders', async (unwanted) => {
      ${start}
      const listening = setInterval(() => {}, 1000);
      setTimeout(() => process.send('started'));
      return { addresses: {}, ready: async () => [], stop: async () => { ${stop}; clearInterval(listening); } };
    });`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }) as ChildProcessWithoutNullStreams;
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  const read = Promise.all([once(child.stdout, 'end'), once(child.stderr, 'end')]);
  return { child, exit, output: read.then(() => text) };
}

describe('the life of a process', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('ends with 0 after %s, once its service has stopped', async (signal) => {
    const { child, exit, output } = processOf({ stop: `await new Promise((r) => setTimeout(r, 50)); process.stdout.write('stopped\\n')` });
    await once(child, 'message');
    child.kill(signal);
    expect(await exit).toBe(0);
    expect(await output).toContain('stopped\n');
  });

  it('waits for a start that is under way before it stops', async () => {
    const { child, exit, output } = processOf({
      start: `process.send('starting'); await new Promise((r) => setTimeout(r, 300)); process.stdout.write('started\\n');`,
      stop: `process.stdout.write('stopped\\n')`,
    });
    await once(child, 'message');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(await output).toMatch(/started\n(.*\n)*stopped\n/);
  });

  it('ends with 0 when a start that is under way gives up because it is not wanted any more', async () => {
    const { child, exit } = processOf({
      start: `process.send('starting'); await new Promise((_, reject) => unwanted.addEventListener('abort', () => reject(unwanted.reason)));`,
    });
    await once(child, 'message');
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('is cut off with 1 when its service does not stop within ten seconds', async () => {
    const { child, exit, output } = processOf({ stop: `await new Promise(() => setInterval(() => {}, 1000))` });
    await once(child, 'message');
    const asked = performance.now();
    child.kill('SIGTERM');
    expect(await exit).toBe(1);
    expect(performance.now() - asked).toBeLessThan(11_000);
    expect(await output).toContain('did not stop in time');
  });

  it('takes signals that come together for one, and ends at once when somebody asks again', async () => {
    const { child, exit } = processOf({ stop: `process.send('stopping'); await new Promise(() => setInterval(() => {}, 1000))` });
    await once(child, 'message');
    child.kill('SIGINT');
    await once(child, 'message');
    child.kill('SIGINT');
    const first = performance.now();
    const again = setInterval(() => child.kill('SIGTERM'), 100);
    expect(await exit).toBe(1);
    clearInterval(again);
    expect(performance.now() - first).toBeGreaterThan(800);
    expect(performance.now() - first).toBeLessThan(5_000);
  });

  it('stops when the parent that held its channel is gone', async () => {
    const { child, exit, output } = processOf({ stop: `process.stdout.write('stopped\\n')` });
    await once(child, 'message');
    child.disconnect();
    expect(await exit).toBe(0);
    expect(await output).toContain('stopped\n');
  });

  it('tells in one sentence why it cannot start, when a person can do something about it', async () => {
    const { exit, output } = processOf({ start: `throw new CannotStart('Port 8080 is taken.');` });
    expect(await exit).toBe(1);
    expect(await output).toBe('Port 8080 is taken.\n');
  });

  it.each([
    ['a start that failed', { start: `throw new Error('broken')` }],
    ['a rejection nobody caught', { start: `setTimeout(() => Promise.reject(new Error('broken')));` }],
    ['an error nobody caught', { start: `setTimeout(() => { throw new Error('broken') });` }],
  ])('logs %s and ends with 1', async (_, source) => {
    const { exit, output } = processOf(source);
    expect(await exit).toBe(1);
    expect(JSON.parse((await output).trim())).toMatchObject({ level: 'fatal', process: 'orders', err: { message: 'broken' } });
  });
});
