import { readConfig } from '#runtime';
import { connectionConfig } from './config';

const set = {
  CONNECTION_PUBLIC_URL: 'https://patchbay.example.com/',
  CONNECTION_DATABASE_URL: 'postgres://patchbay_connection:canary@127.0.0.1:5432/patchbay',
  CONNECTION_JOBS_DATABASE_URL: 'postgres://patchbay_jobs:canary@127.0.0.1:5432/patchbay',
  EVENT_STORE_URL: 'esdb://127.0.0.1:2113?tls=false',
  VAULT_KEY_RING: '/var/lib/patchbay/key-ring.json',
  CONNECTION_JWKS_URL: 'https://login.example.com/jwks.json',
  CONNECTION_JWT_ISSUER: 'https://login.example.com',
};

describe('the configuration of the connection service', () => {
  it('is complete with these, and shows no password', () => {
    const read = readConfig(connectionConfig, { ...set, OUTBOUND_ALLOWED_CIDRS: '10.0.0.0/8, 127.0.0.1/32:8081' });
    expect(read).toMatchObject({
      config: {
        host: '127.0.0.1',
        httpPort: 8080,
        publicUrl: 'https://patchbay.example.com',
        outboundAllowedCidrs: ['10.0.0.0/8', '127.0.0.1/32:8081'],
        logLevel: 'info',
      },
    });
    expect(JSON.stringify(read)).not.toContain('canary');
  });

  it.each([
    ['http://patchbay.example.com', false],
    ['http://127.0.0.1.example.com', false],
    ['http://10.0.0.1:8080', false],
    ['http://127.0.0.1:8080', true],
    ['http://localhost:8080', true],
    ['http://[::1]:8080', true],
    ['ftp://127.0.0.1', false],
  ])('takes %s for a public URL: %s', (publicUrl, taken) => {
    expect('config' in readConfig(connectionConfig, { ...set, CONNECTION_PUBLIC_URL: publicUrl })).toBe(taken);
  });

  it('names everything that is missing at once', () => {
    const read = readConfig(connectionConfig, {});
    expect('problems' in read && read.problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(Object.keys(set).sort());
  });

  it('finds the root key in a file or in AWS KMS, and never has to choose', () => {
    const { VAULT_KEY_RING: path, ...others } = set;
    expect(readConfig(connectionConfig, set)).toMatchObject({ config: { rootKey: { in: 'file', path } } });
    expect(readConfig(connectionConfig, { ...others, VAULT_KMS_KEY: 'alias/patchbay' })).toMatchObject({
      config: { rootKey: { in: 'aws-kms', keyId: 'alias/patchbay' } },
    });
    expect(readConfig(connectionConfig, { ...set, VAULT_KMS_KEY: 'alias/patchbay' })).toMatchObject({
      problems: [expect.stringContaining('VAULT_KEY_RING and VAULT_KMS_KEY are both set')],
    });
  });
});
