import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadConfig } from '#runtime';
import { importJWK, SignJWT, type JWK } from 'jose';
import { z } from 'zod';
import { ArgumentsAreInvalid } from './parsed-arguments';
import { tokenFrom, type TokenClaims } from './token-claims';

const help = `npm run --silent token -- <options>

Prints a token of the local issuer, which the standalone makes when it starts for the first time. For development: in production tokens
come from your own issuer (CONNECTION_JWKS_URL, CONNECTION_JWT_ISSUER).

  a person    --workspace acme --role admin [--subject ada]      role: viewer, member, admin, owner, auditor
  a service   --service engine --scope connections:read,credentials:resolve --workspaces '*'
  --expires   30m, 12h (unless told otherwise), 7d

  PATCHBAY_DATA  the standalone's data folder, .patchbay unless told otherwise
`;

/** sysexits.h */
const usage = 64;
const badConfiguration = 78;

const configSchema = z.object({
  PATCHBAY_DATA: z.string().default('.patchbay').meta({ description: "The standalone's data folder.", example: '.patchbay' }),
});

async function run(args: readonly string[]): Promise<void> {
  const asked = tokenFrom(args);
  if (asked === null) {
    process.stdout.write(help);
    return;
  }
  const folder = resolve(loadConfig(configSchema).PATCHBAY_DATA);
  const jwk = await readSigningKey(folder);
  if (jwk === null) {
    process.stderr.write(
      `There is no local issuer in ${folder}: start Patchbay there once with npm start, or name its folder in PATCHBAY_DATA.\n`,
    );
    process.exitCode = badConfiguration;
    return;
  }
  process.stdout.write(`${await sign(asked.claims, asked.seconds, jwk)}\n`);
}

async function readSigningKey(folder: string): Promise<JWK | null> {
  try {
    return JSON.parse(await readFile(join(folder, 'issuer', 'private-key.json'), 'utf8')) as JWK;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** An access token as RFC 9068 has it. */
async function sign(claims: TokenClaims, seconds: number, jwk: JWK): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid ?? '' })
    .setIssuer('patchbay-local')
    .setAudience('patchbay')
    .setIssuedAt(now)
    .setExpirationTime(now + seconds)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(jwk, 'EdDSA'));
}

run(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof ArgumentsAreInvalid)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = usage;
});
