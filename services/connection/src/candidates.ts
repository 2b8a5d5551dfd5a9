import type { CredentialKeeper, SealedCredentials, Verification, Verifier } from '#custody';
import {
  existing,
  Refused,
  type ChronicledConnection,
  type ExistingConnection,
  type ProposeCandidate,
  type RecordVerification,
} from '#domain';
import type { Executed } from '#event-store';
import type { ConnectionEvent, CredentialSource, FailureCategory, RotationReason } from '#events';
import type { Account } from '#vault';
import type { Clock } from './clock';
import type { CommandAnswer, ConnectionAnswers } from './connection-answers';
import { refuseBlocked } from './refuse-blocked';

/** How long a candidate waits for a service that cannot be asked. */
const candidateMs = 24 * 60 * 60_000;

/** Where a candidate comes from. */
export interface Origination {
  readonly source: CredentialSource;
  readonly reason: RotationReason;
  /** RFC 3339, UTC. */
  readonly expiresAt?: string | undefined;
  readonly allowAccountChange: boolean;
}

/** What came of a candidate, as commands for the decider: in this order, in one append. */
export interface Tried {
  readonly verdict: 'accepted' | 'refused' | 'untried';
  readonly propose: ProposeCandidate;
  readonly record: RecordVerification;
  readonly account?: Account;
}

export interface RotationAnswer extends CommandAnswer {
  /** The service could not be asked: the credential waits as a candidate, and the one before it is still in use. */
  readonly waits: boolean;
}

/** Credentials that shall take the place of those in use: tried first, so that the old ones live until new ones are proven. */
export class Candidates {
  constructor(
    private readonly keeper: CredentialKeeper,
    private readonly verifier: Verifier,
    private readonly answers: ConnectionAnswers,
    private readonly clock: Clock,
  ) {}

  /** Until when a candidate that is made now may have to wait. */
  until(): Date {
    return new Date(this.clock.now().getTime() + candidateMs);
  }

  /**
   * Asks the service of `connection` about a candidate, and wipes it.
   * @throws Refused AddressIsNotAllowed, CredentialsMustBeReentered (it is bound to another origin), FieldsAreInvalid
   */
  async tried(
    connectionId: string,
    connection: ExistingConnection,
    { secret, ...known }: SealedCredentials,
    { source, reason, expiresAt, allowAccountChange }: Origination,
  ): Promise<Tried> {
    const candidate = { type: 'ProposeCandidate', ...known, source, reason, ...(expiresAt !== undefined && { expiresAt }) } as const;
    const { outcome, account } = await this.verifier
      .verify(connectionId, connection, { candidate, entered: secret })
      .finally(() => secret.wipe());
    refuseBlocked(outcome);
    const verdict = verdictOf(outcome);
    const waiting = !outcome.accepted && verdict === 'untried' && { untried: outcome.category, candidateUntil: this.until().toISOString() };
    return {
      verdict,
      propose: { ...candidate, ...waiting },
      record: { type: 'RecordVerification', trigger: 'rotated', outcome, allowAccountChange },
      ...(account && { account }),
    };
  }

  /**
   * What is to be done once a candidate is on record, and what is answered.
   * @throws Refused CredentialsWereRefused
   */
  async concluded(executed: Executed<ChronicledConnection, ConnectionEvent>): Promise<RotationAnswer> {
    const { id, state, events } = executed;
    await this.keeper.putAway(id, executed);
    const [proposed] = events.flatMap((event) => (event.type === 'CredentialsProposed' ? [event.data.secretId] : []));
    for (const event of events) {
      if (event.type === 'CredentialsRejected' && event.data.secretId === proposed) throw credentialsWereRefused();
    }
    const { candidate } = existing(state);
    const waits = proposed !== undefined && candidate?.secretId === proposed;
    return { ...(await this.answers.of(executed)), waits };
  }
}

function verdictOf(outcome: Verification['outcome']): Tried['verdict'] {
  if (outcome.accepted) return 'accepted';
  return isRefusal(outcome.category) ? 'refused' : 'untried';
}

function isRefusal(category: FailureCategory): boolean {
  return category === 'unauthorized' || category === 'forbidden';
}

/** What is told of a refusal: never the words of the service. */
export function credentialsWereRefused(): Refused {
  return new Refused('CredentialsWereRefused', {}, [
    {
      pointer: '/credentials',
      reason: 'refused',
      message: 'The service was asked and does not take these credentials. Those before them are still in use.',
    },
  ]);
}
