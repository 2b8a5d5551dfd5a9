import { setTimeout as pause } from 'node:timers/promises';
import type { Scratch } from '../scratch';
import { newKey } from './demo-keys';
import type { OrdersService } from './orders-service';
import type { Answer, Asked, AskPatchbay } from './patchbay';
import { isAsExpected, lineOf, memberAt, type Expected } from './step';

interface Stage extends Pick<Scratch, 'unwanted' | 'say'> {
  readonly patchbay: AskPatchbay;
  readonly orders: OrdersService;
  readonly show: (line: string) => void;
}

const [former, present] = ['Orders', 'Orders - production'];
const activatesWithinMs = 60_000;

/**
 * One connection from its creation to its removal, each step a line. Answers its id.
 * @throws AnsweredOtherwise at the first step that does not go as it should
 */
export async function lifeOfAConnection({ patchbay, orders, unwanted, say, show }: Stage): Promise<string> {
  const [wrongKey, firstKey, laterKey] = [newKey(), newKey(), newKey()];
  orders.key = firstKey;

  const step = async (does: string, asked: Asked, expected: Expected): Promise<Answer> => {
    const answer = await patchbay(asked);
    show(lineOf(does, answer, expected));
    return answer;
  };

  const created = await step(
    'Create it with a wrong key: nothing typed is lost',
    { method: 'POST', path: '', body: connectionTo(orders.url, wrongKey) },
    {
      status: 201,
      body: { name: former, status: 'error', 'statusReason.code': 'unauthorized', 'statusReason.action': 'enter_credentials' },
    },
  );
  const id = String(memberAt(created.body, 'id'));
  const rotate = (apiKey: string): Asked => ({ method: 'PUT', path: `/${id}/credentials`, body: { credentials: { apiKey } } });
  const edit = (body: object): Asked => ({ method: 'PATCH', path: `/${id}`, body });

  await step('Enter the right key', rotate(firstKey), {
    status: 200,
    body: { status: 'active', statusReason: null, 'credential.version': 2, 'account.label': 'Orders GmbH' },
  });
  await step(
    'List the connections',
    { method: 'GET', path: '' },
    { status: 200, body: { 'items.0.name': former, 'items.0.status': 'active' } },
  );
  await step('Rename it', edit({ name: present }), { status: 200, body: { name: present, status: 'active' } });
  await step(
    `Find it by its former name "${former}"`,
    { method: 'GET', path: `?name=${encodeURIComponent(former)}` },
    { status: 200, body: { 'items.0.status': 'active', 'items.0.renamedTo': present } },
  );

  await step('Rotate to a key that the service refuses', rotate(wrongKey), { status: 422, body: { reason: 'CredentialsWereRefused' } });
  await step(
    'Verify it: the key before lives on',
    { method: 'POST', path: `/${id}/verify` },
    { status: 200, body: { status: 'active', 'credential.version': 2 } },
  );

  orders.switchOff();
  await step('Rotate while the service is down: the new key waits', rotate(laterKey), {
    status: 202,
    body: { status: 'active', 'credential.version': 2, 'candidate.category': 'unreachable' },
  });
  orders.key = laterKey;
  orders.switchOn();
  const activated = { status: 200, body: { status: 'active', 'credential.version': 3, candidate: null } };
  const waited = await askedUntil(() => patchbay({ method: 'GET', path: `/${id}` }), activated, { unwanted, say });
  show(lineOf('The service is back: the new key activates itself', waited, activated));

  await step('Change the path of its URL with the stored key', edit({ serviceUrl: `${orders.url}/v2` }), {
    status: 200,
    body: { serviceUrl: `${orders.url}/v2`, status: 'active', 'credential.version': 3 },
  });
  await step('Change the host without entering the key again', edit({ serviceUrl: 'https://orders.example.com/v2' }), {
    status: 422,
    body: { reason: 'CredentialsMustBeReentered' },
  });
  await step('Disable it', { method: 'POST', path: `/${id}/disable`, body: {} }, { status: 200, body: { status: 'disabled' } });
  await step('Enable it', { method: 'POST', path: `/${id}/enable` }, { status: 200, body: { status: 'active' } });
  await step('Remove it', { method: 'DELETE', path: `/${id}` }, { status: 204 });
  await step('Look for it', { method: 'GET', path: `/${id}` }, { status: 410, body: { reason: 'ConnectionIsRemoved' } });
  return id;
}

function connectionTo(serviceUrl: string, apiKey: string): object {
  return {
    connector: 'http',
    name: former,
    serviceUrl,
    authType: 'api_key',
    settings: { apiKeyIn: 'header', apiKeyName: 'X-Api-Key', verificationPath: '/whoami', accountIdPath: 'id', accountLabelPath: 'name' },
    credentials: { apiKey },
  };
}

/** Asks each second until what is expected comes or the time is over, and answers what came last. Says each five seconds that it waits. */
async function askedUntil(
  ask: () => Promise<Answer>,
  expected: Expected,
  { unwanted, say }: Pick<Stage, 'unwanted' | 'say'>,
): Promise<Answer> {
  const began = performance.now();
  for (let asked = 0; ; asked++) {
    const answer = await ask();
    const waitedMs = performance.now() - began;
    if (isAsExpected(answer, expected) || waitedMs > activatesWithinMs) return answer;
    if (asked % 5 === 0)
      say(`  Waiting for Patchbay to ask the service again: ${Math.round(waitedMs / 1000)} s of at most ${activatesWithinMs / 1000} s.`);
    await pause(1_000, undefined, { signal: unwanted });
  }
}
