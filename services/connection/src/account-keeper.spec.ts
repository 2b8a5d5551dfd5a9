import { againstCandidate, againstOf, connection, existing, type Connection, type ConnectionCommand } from '#domain';
import type { Account } from '#vault';
import { AccountKeeper } from './account-keeper';
import { Clock } from './clock';
import type { TakeBack } from './execute-prepared';

const id = '0190a8f0-0000-7000-8000-000000000001';
const now = new Date('2026-11-24T09:00:00.000Z');
const [acme, umbrella] = [{ id: 'acct_acme' }, { id: 'acct_umbrella' }];

describe('whose account a connection is', () => {
  it('is kept where a verification is recorded of what is in use, and taken back for whoever could not append', async () => {
    const { keep, kept, takeBack } = setUp();
    await keep(created(), [accepted(created(), acme)], acme);
    expect(kept()).toEqual(acme);
    await takeBack();
    expect(kept()).toBeNull();
  });

  it('is kept with a candidate that comes into use', async () => {
    const { keep, kept } = setUp(acme);
    await keep(proposed(), [accepted(proposed(), acme)], acme);
    expect(kept()).toEqual(acme);
  });

  it('is not that of credentials which the connection refuses', async () => {
    const { keep, kept } = setUp(acme);
    const refused = keep(proposed(), [accepted(proposed(), umbrella)], umbrella);
    await expect(refused).rejects.toMatchObject({ reason: 'AccountIsDifferent' });
    expect(kept()).toEqual(acme);
  });

  it('is not that of a candidate which ends because it belongs to another one', async () => {
    const { keep, kept } = setUp(acme);
    await keep(proposed(), [accepted(proposed(), umbrella, 'scheduled')], umbrella);
    expect(kept()).toEqual(acme);
  });

  it('becomes another one where that is meant', async () => {
    const { keep, kept, takeBack } = setUp(acme);
    await keep(proposed(), [{ ...accepted(proposed(), umbrella), allowAccountChange: true } as ConnectionCommand], umbrella);
    expect(kept()).toEqual(umbrella);
    await takeBack();
    expect(kept()).toEqual(acme);
  });
});

describe('that another account is meant', () => {
  const untried = { untried: 'timeout', candidateUntil: '2026-11-25T09:00:00.000Z' } as const;
  const failed = (state: Connection, allowAccountChange: boolean): readonly ConnectionCommand[] => {
    const propose: ConnectionCommand = { type: 'ProposeCandidate', ...sealed('03'), reason: 'manual', ...untried };
    const { candidate } = existing(after(state, propose));
    const against = againstCandidate(existing(state), candidate!);
    const outcome = { against, accepted: false, category: 'timeout', detail: { code: 'no_answer_in_time' } } as const;
    return [propose, { type: 'RecordVerification', trigger: 'rotated', outcome, allowAccountChange }];
  };

  it('is remembered for a candidate that has to wait', async () => {
    const { keep, allowed } = setUp(acme);
    await keep(proposed(), failed(proposed(), true));
    expect(allowed()).toEqual([{ secretId: sealed('03').secretId, until: new Date(untried.candidateUntil) }]);
  });

  it('is not remembered where nobody said so, nor for one that came into use', async () => {
    const { keep, allowed } = setUp(acme);
    await keep(proposed(), failed(proposed(), false));
    await keep(proposed(), [{ ...accepted(proposed(), umbrella), allowAccountChange: true } as ConnectionCommand], umbrella);
    expect(allowed()).toEqual([]);
  });
});

function setUp(known: Account | null = null) {
  let row = known;
  const takeBacks: TakeBack[] = [];
  const accounts: ConstructorParameters<typeof AccountKeeper>[0] = {
    keep: ({ id: accountId }) => {
      const before = row;
      row = { ...(accountId !== undefined && { id: accountId }) };
      return Promise.resolve(before);
    },
    takeBack: (_, __, before) => Promise.resolve(void (row = before)),
  };
  const allowed: object[] = [];
  const allowAccountChange = (_: object, candidate: object) => Promise.resolve(void allowed.push(candidate));
  const keeper = new AccountKeeper(accounts, { allowAccountChange }, new Clock(() => now));
  return {
    keep: (state: Connection, commands: readonly ConnectionCommand[], account?: Account) =>
      keeper.keep({ id, state }, commands, account, (takeBack) => void takeBacks.push(takeBack)),
    kept: () => row,
    allowed: () => allowed,
    takeBack: async () => {
      for (const takeBack of takeBacks) await takeBack();
    },
  };
}

function created(): Connection {
  const known = {
    connectorKey: 'http',
    connectorVersion: 1,
    name: 'Orders',
    authType: 'api_key',
    settings: {},
    owner: 'ada',
    labels: {},
  } as const;
  return after(connection.initial, { type: 'Create', workspaceId: 'acme', ...known }, { type: 'ProvideCredentials', ...sealed('01') });
}

/** In use for the account of acme, with a candidate beside it. */
function proposed(): Connection {
  const active = after(created(), accepted(created(), acme));
  return after(active, { type: 'ProposeCandidate', ...sealed('02'), reason: 'manual' });
}

function sealed(nth: string) {
  return { secretId: `0190a8f0-0000-7000-8000-0000000001${nth}`, fingerprint: nth, boundTo: null, source: 'entered' } as const;
}

function accepted(
  state: Connection,
  { id: accountFingerprint }: { readonly id: string },
  trigger: 'rotated' | 'scheduled' = 'rotated',
): ConnectionCommand {
  const { candidate, ...current } = existing(state);
  const against = candidate ? againstCandidate({ ...current, candidate }, candidate) : againstOf(existing(state));
  return { type: 'RecordVerification', trigger, outcome: { against, accepted: true, latencyMs: 1, accountFingerprint } };
}

function after(state: Connection, ...commands: readonly ConnectionCommand[]): Connection {
  return commands.reduce<Connection>((before, command) => connection.decide(command, before, now).reduce(connection.evolve, before), state);
}
