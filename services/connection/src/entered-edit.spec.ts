import { connection, existing, type ConnectionCommand, type ExistingConnection } from '#domain';
import type { Environment } from '#events';
import { Secret } from '#secret';
import { checkedEdit, type EnteredEdit } from './entered-edit';
import { checkedRotation } from './entered-rotation';

const now = new Date('2026-11-24T09:00:00.000Z');

describe('an edit of a connection whose key says its environment', () => {
  const edited = (environment: Environment, entered: Partial<EnteredEdit>) => () =>
    checkedEdit(stripe(environment), { allowAccountChange: false, allowEnvironmentMismatch: false, ...entered }, now);
  const mismatch = expect.objectContaining({ reason: 'EnvironmentDoesNotMatch' }) as Error;

  it('is refused a label that the key in use does not belong to, by its public beginning alone', () => {
    expect(edited('sandbox', { environment: 'production' })).toThrow(mismatch);
    expect(edited('sandbox', { environment: 'production', allowEnvironmentMismatch: true })).not.toThrow();
    expect(edited('sandbox', { environment: null })).not.toThrow();
    expect(edited('production', { environment: 'sandbox' })).not.toThrow();
  });

  it('is refused a key that does not belong to the label, unless the label comes along', () => {
    const credentials = Secret.of(JSON.stringify({ apiKey: 'sk_live_1' }));
    expect(edited('sandbox', { credentials })).toThrow(mismatch);
    expect(edited('sandbox', { credentials, environment: 'production' })).not.toThrow();
  });

  it('may say nothing of it', () => {
    expect(edited('production', { name: 'New', labels: { a: 'b' } })).not.toThrow(); // it was meant when it was created
  });

  it('is refused what the connector has no place for', () => {
    const refused = (pointer: string) => expect.objectContaining({ problems: [expect.objectContaining({ pointer })] }) as Error;
    expect(edited('sandbox', { serviceUrl: 'https://evil.example.net' })).toThrow(refused('/serviceUrl'));
    expect(edited('sandbox', { settings: { shop: 'x' } })).toThrow(refused('/settings/shop'));
  });

  it.each(['sk_live_1', 'rk_live_1'])('is refused a rotation to %s in the same way', (apiKey) => {
    const entered = { credentials: Secret.of(JSON.stringify({ apiKey })), allowAccountChange: false, allowEnvironmentMismatch: false };
    expect(() => checkedRotation(stripe('sandbox'), entered, now)).toThrow(mismatch);
    expect(checkedRotation(stripe('sandbox'), { ...entered, allowEnvironmentMismatch: true }, now)).toMatchObject({
      credentials: { apiKey },
    });
  });
});

describe('an edit of a connection to a connector that is gone', () => {
  it('may change what the connector has no part in, and nothing else', () => {
    const gone = { ...stripe('sandbox'), connectorKey: 'gone' };
    const entered = { allowAccountChange: false, allowEnvironmentMismatch: false };
    expect(checkedEdit(gone, { ...entered, name: 'New' }, now).edit).toEqual({ type: 'Edit', name: 'New', origin: null });
    expect(() => checkedEdit(gone, { ...entered, settings: {} }, now)).toThrow('ConnectorIsNotAvailable');
  });
});

/** With a key of a sandbox in use. */
function stripe(environment: Environment): ExistingConnection {
  const secretId = '0190a8f0-0000-7000-8000-000000000002';
  const kept: Partial<ConnectionCommand> = { display: 'sk_test_…', boundTo: 'https://api.stripe.com:443', source: 'entered' };
  const commands = [
    {
      type: 'Create',
      workspaceId: 'acme',
      connectorKey: 'stripe',
      connectorVersion: 1,
      name: 'Payments',
      authType: 'api_key',
      settings: {},
      environment,
      owner: 'ada',
      labels: {},
    },
    { type: 'ProvideCredentials', secretId, fingerprint: 'f', ...kept },
  ] as readonly ConnectionCommand[];
  const { initial, decide, evolve } = connection;
  return existing(commands.reduce((state, command) => decide(command, state, now).reduce(evolve, state), initial));
}
