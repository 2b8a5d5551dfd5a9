import { createLocalJWKSet, importJWK, jwtVerify, SignJWT, type JSONWebKeySet, type JWK } from 'jose';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalIssuer } from './local-issuer';

describe('the local issuer', () => {
  let folder: string;
  const keyFile = () => join(folder, 'issuer', 'private-key.json');
  const keySet = async (jwksUrl: string) => JSON.parse(await readFile(new URL(jwksUrl), 'utf8')) as JSONWebKeySet;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-issuer-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('makes a key that its owner alone may read, and publishes its public half', async () => {
    const { issuer, jwksUrl } = await openLocalIssuer(folder);
    expect(issuer).toBe('patchbay-local');
    expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
    const key = JSON.parse(await readFile(keyFile(), 'utf8')) as JWK;
    const published = await keySet(jwksUrl);
    expect(JSON.stringify(published)).not.toContain(key.d);

    const token = await new SignJWT().setProtectedHeader({ alg: 'EdDSA', kid: key.kid! }).sign(await importJWK(key, 'EdDSA'));
    await expect(jwtVerify(token, createLocalJWKSet(published), { algorithms: ['EdDSA'] })).resolves.toBeDefined();
  });

  it('keeps its key, so that a token outlives a restart', async () => {
    const first = await keySet((await openLocalIssuer(folder)).jwksUrl);
    expect(await keySet((await openLocalIssuer(folder)).jwksUrl)).toEqual(first);
  });

  it('refuses a key that others could have read', async () => {
    await openLocalIssuer(folder);
    await chmod(keyFile(), 0o644);
    await expect(openLocalIssuer(folder)).rejects.toThrow(/chmod 600/);
  });
});
