import { failureCategories } from '#events';
import { servable } from './servable';
import type { Settled } from './settled';

describe('what may be served', () => {
  const settled = (changed: Pick<Settled, 'status' | 'code'>): Settled => ({
    revision: 3,
    connectorKey: 'http',
    connectorVersion: 1,
    authType: 'none',
    settings: {},
    ...changed,
  });

  it.each(['active', 'error'] as const)('is what was settled, while nothing speaks against it: %s', (status) => {
    const found = settled({ status, code: status === 'error' ? 'timeout' : null });
    expect(servable(found)).toBe(found);
  });

  it.each([
    ['pending', 'awaiting_credentials', 'ConnectionIsPending'],
    ['reauthorize', null, 'ReauthorizationIsRequired'],
    ['disabled', 'disabled', 'ConnectionIsDisabled'],
    ['removed', null, 'ConnectionIsRemoved'],
  ] as const)('is nothing of one that is %s', (status, code, reason) => {
    expect(() => servable(settled({ status, code }))).toThrow(reason);
  });

  it('is nothing once the service has said no; that it could not be asked does not count', () => {
    const refusing = failureCategories.filter((code) => {
      try {
        return servable(settled({ status: 'error', code })).status !== 'error';
      } catch {
        return true;
      }
    });
    expect(refusing).toEqual(['unauthorized', 'forbidden']);
  });
});
