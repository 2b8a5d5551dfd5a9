import { Refused } from '#domain';
import { createLogger } from '#runtime';
import { Secret } from '#secret';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { lastValueFrom, of, throwError, type Observable } from 'rxjs';
import type { Begun, IdempotencyKeys, KeyedRequest } from '../records/idempotency-keys';
import { Admission } from './admission';
import type { Authentication } from './authentication';
import { commandIdsOf, IsCommand, OncePerKey } from './once-per-key';
import { IsOperation } from './permissions';

const ids = { commandId: 'c', connectionId: 'n', secretId: 's' };
const lease = { ids, workspaceId: 'acme', principal: 'ada', operation: 'o', key: 'k', answerId: 'a', attempt: 1, expiresAt: new Date() };

/** Keeps nothing, and fails where it is told to. */
class UnreliableKeys {
  begun: Begun | Error = { lease };
  finishing: Error | null = null;
  releasing: Error | null = null;
  readonly asked: string[] = [];
  request: KeyedRequest | null = null;

  begin(request: KeyedRequest): Promise<Begun> {
    this.request = request;
    return this.begun instanceof Error ? Promise.reject(this.begun) : Promise.resolve(this.begun);
  }
  finish(_: unknown, answer: Secret): Promise<Secret> {
    this.asked.push('finish');
    return this.finishing ? Promise.reject(this.finishing) : Promise.resolve(answer);
  }
  release(): Promise<void> {
    this.asked.push('release');
    return this.releasing ? Promise.reject(this.releasing) : Promise.resolve();
  }
}

class Reply {
  statusCode = 201;
  readonly sent: Record<string, unknown> = { etag: '"3"', 'x-request-id': 'r' };
  code = (status: number): this => {
    this.statusCode = status;
    return this;
  };
  header = (name: string, value: unknown): this => this.headers({ [name]: value });
  headers = (values: Record<string, unknown>): this => {
    Object.assign(this.sent, values);
    return this;
  };
  getHeader = (name: string): unknown => this.sent[name];
}

class Routes {
  @IsOperation('EditConnection')
  @IsCommand()
  command(): void {
    return undefined;
  }

  @IsOperation('GetConnection')
  question(): void {
    return undefined;
  }
}

describe('the interceptor for idempotency keys', () => {
  let lines = '';
  const logger = createLogger({ process: 'connection', level: 'trace', destination: { write: (line) => void (lines += line) } });
  beforeEach(() => {
    lines = '';
  });

  const asked = async (
    keys: UnreliableKeys,
    handled: Observable<unknown>,
    { route = 'command', key = 'k' }: { route?: keyof Routes; key?: string | null } = {},
  ) => {
    const request = {
      headers: { ...(key !== null && { 'idempotency-key': key }) },
      params: { ws: 'acme', id: 'one' },
      query: {},
      body: { name: 'New' },
    };
    const reply = new Reply();
    const context = {
      getHandler: () => Reflect.get(Routes.prototype, route) as object,
      switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply as unknown as FastifyReply }),
    } as unknown as ExecutionContext;
    const principal = { kind: 'person', subject: 'ada', actor: { kind: 'user', id: 'ada' }, workspaceId: 'acme', role: 'admin' } as const;
    await new Admission({ principalOf: () => Promise.resolve(principal) } as unknown as Authentication).canActivate(context);
    const interceptor = new OncePerKey(keys as unknown as IdempotencyKeys, logger);
    const answer = lastValueFrom(interceptor.intercept(context, { handle: () => handled }));
    return { answer, reply, request: request as unknown as Parameters<typeof commandIdsOf>[0] };
  };

  it('asks for what the route, the token and the request say, and gives the handler the ids of the key', async () => {
    const keys = new UnreliableKeys();
    const { answer, reply, request } = await asked(keys, of({ id: 'one' }));
    expect(await answer).toBe('{"id":"one"}');
    expect(keys.request).toEqual({
      workspaceId: 'acme',
      principal: 'ada',
      operation: 'EditConnection',
      key: 'k',
      content: '["request",{"id":"one","ws":"acme"},{},{"name":"New"}]',
    });
    expect(commandIdsOf(request)).toBe(ids);
    expect(reply).toMatchObject({ statusCode: 201, sent: { etag: '"3"', 'content-type': 'application/json; charset=utf-8' } });
    expect(keys.asked).toEqual(['finish']);
  });

  it('answers what was kept, and does not ask the handler', async () => {
    const keys = new UnreliableKeys();
    const kept = { status: 202, headers: { etag: '"1"', location: '/one' }, body: '{"kept":true}' };
    keys.begun = { answer: Secret.of(JSON.stringify(kept)) };
    const { answer, reply } = await asked(
      keys,
      throwError(() => new Error('never')),
    );
    expect(await answer).toBe(kept.body);
    expect(reply).toMatchObject({ statusCode: 202, sent: kept.headers });
  });

  it('answers what was done although it cannot be kept', async () => {
    const keys = new UnreliableKeys();
    keys.finishing = new Error('gone');
    const { answer } = await asked(keys, of({ id: 'one' }));
    expect(await answer).toBe('{"id":"one"}');
    expect(keys.asked).toEqual(['finish']);
    expect(lines).toContain('was not kept');
  });

  it('gives the lease back after a refusal, and refuses the same where that fails', async () => {
    const keys = new UnreliableKeys();
    keys.releasing = new Error('gone');
    const { answer } = await asked(
      keys,
      throwError(() => new Refused('NameIsTaken')),
    );
    await expect(answer).rejects.toMatchObject({ reason: 'NameIsTaken' });
    expect(keys.asked).toEqual(['release']);
    expect(lines).toContain('was not given back');
  });

  it('says 503 rather than run a command whose key it cannot look up', async () => {
    const keys = new UnreliableKeys();
    keys.begun = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const { answer } = await asked(keys, of('never'));
    await expect(answer).rejects.toMatchObject({ reason: 'VaultIsSealed' });
  });

  it('leaves requests without a key alone, and questions with one', async () => {
    const keys = new UnreliableKeys();
    const unkeyed = await asked(keys, of('done'), { key: null });
    expect(await unkeyed.answer).toBe('done');
    expect(commandIdsOf(unkeyed.request)).toEqual({
      commandId: expect.any(String),
      connectionId: expect.any(String),
      secretId: expect.any(String),
    });
    const question = await asked(keys, of('answer'), { route: 'question', key: 'not a key' });
    expect(await question.answer).toBe('answer');
    expect(() => commandIdsOf(question.request)).toThrow(TypeError);
    expect(keys.request).toBeNull();
  });
});
