import { Refused } from '#domain';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants';
import type { ModulesContainer } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { Authentication } from './authentication';
import { operationOf, permissions, type Operation } from './permissions';
import { reaches, reachOf, type Principal } from './principal';

/** What was settled before a route runs. */
export interface Admitted {
  readonly operation: Operation;
  readonly principal: Principal;
  readonly reach: 'all' | 'own';
}

const admitted = new WeakMap<FastifyRequest, Admitted>();

/** Lets a request through to its route: with a token, for a workspace the token is for, and with the permission the operation asks for. */
export class Admission implements CanActivate {
  constructor(private readonly authentication: Authentication) {}

  /** @throws Refused TokenIsMissing, TokenIsInvalid, ConnectionDoesNotExist, PermissionIsMissing */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const operation = operationOf(context.getHandler());
    if (operation === undefined) throw new RouteHasNoPermission(context.getHandler().name);
    const permission = permissions[operation];
    if (permission === 'open') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const principal = await this.authentication.principalOf(request.headers.authorization);
    const { ws } = request.params as { readonly ws?: string };
    // Whether a workspace exists that the token is not for is not told: there is no connection there for this token.
    if (ws !== undefined && !reaches(principal, ws)) throw new Refused('ConnectionDoesNotExist');
    const reach = reachOf(principal, permission);
    if (reach === null) throw new Refused('PermissionIsMissing');
    admitted.set(request, { operation, principal, reach });
    return true;
  }
}

export function admissionOf(request: FastifyRequest): Admitted {
  const found = admitted.get(request);
  if (!found) throw new TypeError('an open route knows nobody');
  return found;
}

/** Nobody decided who may use a route. */
class RouteHasNoPermission extends Error {
  override readonly name = 'RouteHasNoPermission';
  constructor(route: string) {
    super(`the route ${route} says no operation of edge/permissions.ts, so nobody decided who may use it`);
  }
}

/**
 * Asked before anything is served.
 * @throws RouteHasNoPermission
 */
export function refuseRoutesWithoutPermission(modules: ModulesContainer): void {
  for (const { name, route } of routesIn(modules)) if (operationOf(route) === undefined) throw new RouteHasNoPermission(name);
}

function routesIn(modules: ModulesContainer): readonly { readonly name: string; readonly route: object }[] {
  return [...modules.values()]
    .flatMap(({ controllers }) => [...controllers.values()])
    .flatMap(({ metatype }) => {
      const prototype = (metatype as { readonly prototype: Readonly<Record<string, unknown>>; readonly name: string }).prototype;
      return Object.getOwnPropertyNames(prototype).flatMap((member) => {
        const route = prototype[member];
        const isRoute = typeof route === 'function' && Reflect.hasMetadata(METHOD_METADATA, route);
        return isRoute ? [{ name: `${metatype?.name ?? ''}.${member}`, route }] : [];
      });
    });
}
