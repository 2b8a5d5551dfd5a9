import { QueryFailedError } from 'typeorm';
import { errorText } from './error-text';

const payload = 'sk_live_51Hc';

describe('what is kept of an error', () => {
  it('names it, the database’s code and the place, and quotes nothing', () => {
    const driver = Object.assign(new Error(`invalid input syntax for type uuid: "${payload}"`), { code: '22P02', detail: payload });
    const text = errorText(new QueryFailedError('insert', [payload], driver));
    expect(text).toMatch(/^QueryFailedError 22P02 at \S+\.[jt]s:\d+:\d+$/);
    expect(text).not.toContain(payload);
  });

  it('does not take a message that looks like a place for one', () => {
    const text = errorText(new TypeError(`no such thing\n    at ${payload}.ts:1:1`));
    expect(text).toMatch(/^TypeError at error-text\.spec\.ts:\d+:\d+$/);
  });

  it.each([[null], ['thrown text'], [undefined]])('says of %j only what it is', (thrown) => {
    expect(errorText(thrown)).toBe(typeof thrown);
  });
});
