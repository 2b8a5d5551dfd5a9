import { createHash } from 'node:crypto';
import { Refused } from '#domain';
import type { Actor } from '#events';
import { jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { roles } from './permissions';
import { workspaceIdPattern, type Principal } from './principal';

export interface AuthenticationOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
}

/** The issuer that the standalone and `npm run token` are: its tokens may live longer, as it serves one machine. */
const localIssuer = 'patchbay-local';

const longestSeconds = { person: 60 * 60, service: 10 * 60 };
const clockToleranceSeconds = 30;
const longestToken = 8192; // characters
const cachedMs = 30_000; // together with the age of the key set: a key that was withdrawn opens nothing after a minute

const workspaceId = z.string().regex(workspaceIdPattern);
const subject = z.string().min(1).max(255);

const Known = z.object({
  sub: subject,
  iat: z.number(),
  exp: z.number(),
  client_id: subject.optional(),
  act: z.object({ sub: subject }).optional(), // RFC 8693, section 4.1: who acts for the subject
});
const PersonClaims = Known.extend({ workspace_id: workspaceId, role: z.enum(roles), workspaces: z.undefined().optional() });
const ServiceClaims = Known.extend({
  workspaces: z.union([z.literal('*'), z.array(workspaceId)]),
  scope: z.string().default(''),
  workspace_id: z.undefined().optional(),
  role: z.undefined().optional(),
});
const Claims = z.union([PersonClaims, ServiceClaims]);
type Claims = z.infer<typeof Claims>;

/** Checks bearer tokens: JWT access tokens (RFC 9068) of the one issuer, for `patchbay`. */
export class Authentication {
  readonly #checked = new LRUCache<string, { readonly principal: Principal; readonly until: number }>({ max: 10_000 });

  constructor(private readonly options: AuthenticationOptions) {}

  /**
   * The principal behind the value of an `Authorization` header.
   * @throws Refused TokenIsMissing, TokenIsInvalid
   */
  async principalOf(authorization: string | undefined): Promise<Principal> {
    if (authorization === undefined || authorization === '') throw new Refused('TokenIsMissing');
    const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization) ?? [];
    if (token === undefined || token.length > longestToken) throw new Refused('TokenIsInvalid');
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#checked.get(digest);
    if (known && known.until > Date.now()) return known.principal;
    const claims = await this.#verified(token);
    const principal = principalFrom(claims);
    this.#checked.set(digest, { principal, until: Math.min(claims.exp * 1000, Date.now() + cachedMs) });
    return principal;
  }

  async #verified(token: string): Promise<Claims> {
    const { keys, issuer } = this.options;
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA', 'ES256', 'RS256'],
      issuer,
      audience: 'patchbay',
      typ: 'at+jwt',
      requiredClaims: ['sub', 'iat', 'exp'],
      clockTolerance: clockToleranceSeconds,
    }).catch((error: unknown) => {
      if (isIssuersFault(error)) throw error;
      throw new Refused('TokenIsInvalid'); // which check it failed is nothing to tell a stranger
    });
    const claims = Claims.safeParse(payload);
    if (!claims.success || isTooLong(claims.data, issuer)) throw new Refused('TokenIsInvalid');
    return claims.data;
  }
}

/** The key set could not be had: nothing is known about the token, and nobody gets in. */
function isIssuersFault(error: unknown): boolean {
  const { code = '' } = error as { readonly code?: string };
  return !code.startsWith('ERR_J') || ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'].includes(code);
}

function isTooLong(claims: Claims, issuer: string): boolean {
  const longest = 'role' in claims && claims.role !== undefined ? longestSeconds.person : longestSeconds.service;
  return issuer !== localIssuer && claims.exp - claims.iat > longest;
}

function principalFrom(claims: Claims): Principal {
  const { sub } = claims;
  if (claims.role !== undefined) {
    return { kind: 'person', subject: sub, actor: actorFrom(claims, 'user'), workspaceId: claims.workspace_id, role: claims.role };
  }
  const scopes = claims.scope.split(' ').filter((scope) => scope !== '');
  return { kind: 'service', subject: sub, actor: actorFrom(claims, 'service'), workspaces: claims.workspaces, scopes };
}

/** Who acts: the subject, or whoever its token says acts for it. */
function actorFrom({ sub, act, client_id: clientId }: Claims, kind: Actor['kind']): Actor {
  const who: Actor = act ? { kind: 'service', id: act.sub, onBehalfOf: sub } : { kind, id: sub };
  return { ...who, ...(clientId !== undefined && { clientId }) };
}
