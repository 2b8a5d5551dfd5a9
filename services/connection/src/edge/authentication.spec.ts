import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, listening } from '#testing';
import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { Authentication } from './authentication';
import { keySetAt } from './key-set';

const issuer = 'https://login.example.com';
const keys = { k1: ed25519(), k2: ed25519(), stranger: ed25519() };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('authenticating', () => {
  let folder: string;
  let file: string;
  let authentication: Authentication;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-jwks-'));
    file = join(folder, 'jwks.json');
    await publish({ k1: keys.k1 });
    authentication = new Authentication({ keys: keySetAt(pathToFileURL(file).href), issuer });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const publish = (published: Record<string, KeyObject>) => writeFile(file, JSON.stringify(jwksOf(published)));
  const principalOf = async (token: string | Promise<string>) => authentication.principalOf(`Bearer ${await token}`);

  it('knows a person by workspace and role', async () => {
    expect(await principalOf(signed({}))).toEqual({
      kind: 'person',
      subject: 'ada',
      actor: { kind: 'user', id: 'ada' },
      workspaceId: 'acme',
      role: 'admin',
    });
  });

  it('knows a service by its workspaces and scopes, and its client', async () => {
    const claims = {
      sub: 'engine',
      client_id: 'engine-1',
      workspaces: ['acme', 'hooli'],
      scope: 'connections:read audit:read',
      ...notAPerson,
    };
    expect(await principalOf(signed(claims))).toEqual({
      kind: 'service',
      subject: 'engine',
      actor: { kind: 'service', id: 'engine', clientId: 'engine-1' },
      workspaces: ['acme', 'hooli'],
      scopes: ['connections:read', 'audit:read'],
    });
    expect(await principalOf(signed({ sub: 'engine', workspaces: '*', ...notAPerson }))).toMatchObject({ workspaces: '*', scopes: [] });
  });

  it('says who acts for whom', async () => {
    const { subject, actor } = await principalOf(signed({ act: { sub: 'assistant' } }));
    expect(subject).toBe('ada');
    expect(actor).toEqual({ kind: 'service', id: 'assistant', onBehalfOf: 'ada' });
  });

  it.each([[undefined], ['']])('misses a token in %j', async (header) => {
    await expect(authentication.principalOf(header)).rejects.toMatchObject({ reason: 'TokenIsMissing' });
  });

  const now = Math.floor(Date.now() / 1000);
  it.each<[string, () => string | Promise<string>]>([
    ['another scheme', () => 'Basic YWRhOmFkYQ=='],
    ['what is no token', () => 'Bearer canary'],
    ['two tokens', async () => `Bearer ${await signed({})}, Bearer ${await signed({})}`],
    ['no signature', () => bearer(new UnsecuredJWT(person()).encode())],
    ['another key', () => bearer(signed({}, {}, keys.stranger))],
    ['a key id that leads into the file system', () => bearer(signed({}, { kid: '../../etc/passwd' }, keys.stranger))],
    ['a key it brings along', () => bearer(signed({}, { kid: 'own', jwk: publicJwk(keys.stranger) }, keys.stranger))],
    ['an address for its keys', () => bearer(signed({}, { kid: 'own', jku: 'https://evil.example.com/jwks' }, keys.stranger))],
    ['the public key as a shared secret', () => bearer(hmacSigned())],
    ['an algorithm that is not on the list', () => bearer(signed({}, { alg: 'PS256' }, rsa.privateKey))],
    ['a critical header that nobody knows', () => bearer(tampered(signed({}), ({ header }) => ({ ...header, crit: ['x'], x: 1 })))],
    ['changed claims', () => bearer(tampered(signed({}), ({ header }) => header, { ...person(), role: 'owner' }))],
    ['another type', () => bearer(signed({}, { typ: 'JWT' }))],
    ['no type', () => bearer(signed({}, { typ: undefined }))],
    ['another issuer', () => bearer(signed({ iss: 'https://evil.example.com' }))],
    ['another audience', () => bearer(signed({ aud: 'billing' }))],
    ['no audience', () => bearer(signed({ aud: undefined }))],
    ['an end that is past', () => bearer(signed({ exp: now - 31, iat: now - 100 }))],
    ['no end', () => bearer(signed({ exp: undefined }))],
    ['no beginning', () => bearer(signed({ iat: undefined }))],
    ['a beginning that is to come', () => bearer(signed({ nbf: now + 60 }))],
    ['a life of more than an hour for a person', () => bearer(signed({ exp: now + 3601, iat: now }))],
    ['a life of more than ten minutes for a service', () => bearer(signed({ workspaces: '*', ...notAPerson, exp: now + 601, iat: now }))],
    ['no subject', () => bearer(signed({ sub: undefined }))],
    ['an empty subject', () => bearer(signed({ sub: '' }))],
    ['neither role nor workspaces', () => bearer(signed(notAPerson))],
    ['both a role and workspaces', () => bearer(signed({ workspaces: '*' }))],
    ['a role that there is none of', () => bearer(signed({ role: 'root' }))],
    ['a workspace that there cannot be', () => bearer(signed({ workspace_id: '../acme' }))],
    ['more text than a token has', () => bearer(signed({ filler: 'x'.repeat(9000) }))],
  ])('refuses %s', async (_, header) => {
    await expect(authentication.principalOf(await header())).rejects.toMatchObject({ name: 'Refused', reason: 'TokenIsInvalid' });
  });

  it('takes a token that has ended a moment ago: clocks differ', async () => {
    expect(await principalOf(signed({ exp: now - 10, iat: now - 100 }))).toMatchObject({ subject: 'ada' });
  });

  it('takes long-lived tokens of the local issuer, which serves one machine', async () => {
    const local = new Authentication({ keys: keySetAt(pathToFileURL(file).href), issuer: 'patchbay-local' });
    const token = await signed({ iss: 'patchbay-local', exp: now + 86_400, iat: now });
    expect(await local.principalOf(`Bearer ${token}`)).toMatchObject({ subject: 'ada' });
  });

  it('finds a key that was published meanwhile', async () => {
    const token = signed({}, { kid: 'k2' }, keys.k2);
    await expect(principalOf(token)).rejects.toMatchObject({ reason: 'TokenIsInvalid' });
    await publish({ k1: keys.k1, k2: keys.k2 });
    await eventually(() => principalOf(token));
  });

  it('reads the keys of an issuer at a URL', async () => {
    const server = await listening(createServer((_, response) => void response.end(JSON.stringify(jwksOf({ k1: keys.k1 })))));
    const remote = new Authentication({ keys: keySetAt(`http://127.0.0.1:${server.port}/jwks`), issuer });
    expect(await remote.principalOf(`Bearer ${await signed({})}`)).toMatchObject({ subject: 'ada' });
    await server.stop();
  });

  it('lets nobody in while the keys cannot be read, and does not blame the token', async () => {
    await writeFile(file, 'not JSON');
    await expect(principalOf(signed({}))).rejects.not.toMatchObject({ name: 'Refused' });
  });
});

const notAPerson = { workspace_id: undefined, role: undefined };

function person(): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return { iss: issuer, aud: 'patchbay', sub: 'ada', workspace_id: 'acme', role: 'admin', iat: now, exp: now + 600 };
}

type Changed = Readonly<Record<string, unknown>>;

async function signed(claims: Changed, header: Changed = {}, key: KeyObject = keys.k1): Promise<string> {
  const protectedHeader = { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header };
  return new SignJWT({ ...person(), ...claims }).setProtectedHeader(protectedHeader).sign(key);
}

function hmacSigned(): Promise<string> {
  const secret = createPublicKey(keys.k1).export({ type: 'spki', format: 'der' });
  return new SignJWT(person()).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' }).sign(secret);
}

async function tampered(token: Promise<string>, change: (parts: { header: Changed }) => Changed, claims?: JWTPayload): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await token).split('.');
  const changed = change({ header: JSON.parse(Buffer.from(header, 'base64url').toString()) as Changed });
  const body = claims ? Buffer.from(JSON.stringify(claims)).toString('base64url') : payload;
  return [Buffer.from(JSON.stringify(changed)).toString('base64url'), body, signature].join('.');
}

async function bearer(token: string | Promise<string>): Promise<string> {
  return `Bearer ${await token}`;
}

function ed25519(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

function publicJwk(key: KeyObject) {
  return createPublicKey(key).export({ format: 'jwk' });
}

function jwksOf(published: Record<string, KeyObject>) {
  return { keys: Object.entries(published).map(([kid, key]) => ({ ...publicJwk(key), kid, alg: 'EdDSA' })) };
}
