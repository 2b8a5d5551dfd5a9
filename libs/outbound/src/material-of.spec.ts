import { connectorOf, type ConnectorDefinition } from '#connectors';
import { AuthTypeIsUnknown } from './entered-values';
import { materialOf } from './material-of';

const http = connectorOf('http')!;

describe('the material of a credential', () => {
  it('is the fields themselves where the service does not speak HTTP', () => {
    const basic = http.authMethods.find(({ authType }) => authType === 'basic')!;
    const database: ConnectorDefinition = {
      ...http,
      authMethods: [{ ...basic, placements: [{ kind: 'fields', fields: ['username', 'password'] }] }],
    };
    const credentials = { username: 'reader', password: 'p', note: 'unknown' };
    expect(materialOf(database, 'basic', {}, credentials)).toEqual({ kind: 'fields', fields: { username: 'reader', password: 'p' } });
  });

  it('is never taken from the settings, nor a setting from the credential', () => {
    expect(materialOf(http, 'api_key', { apiKey: 'from settings' }, { apiKey: 'k', apiKeyName: 'X-Taken' })).toEqual({
      kind: 'headers',
      headers: { Authorization: 'Bearer k' },
    });
  });

  it('does not fill one field into another', () => {
    expect(materialOf(http, 'api_key', { apiKeyPrefix: '{apiKey}' }, { apiKey: '{apiKeyName}' })).toEqual({
      kind: 'headers',
      headers: { Authorization: '{apiKey}{apiKeyName}' },
    });
  });

  it.each(['k\r\nHost: evil.example.com', 'k\n', 'ключ', 'k\u0000'])(
    'is refused when no header can carry it, without quoting it: %j',
    (apiKey) => {
      const place = () => materialOf(http, 'api_key', {}, { apiKey });
      expect(place).toThrow('"Authorization" cannot be sent: value');
      expect(place).not.toThrow(apiKey);
    },
  );

  it('is not to be had for an auth type that the connector does not offer', () => {
    expect(() => materialOf(http, 'oauth2', {}, {})).toThrow(AuthTypeIsUnknown);
  });
});
