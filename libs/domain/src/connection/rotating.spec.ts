import { specification } from '#testing';
import { connection } from './connection';
import {
  active,
  againstCandidate,
  anotherSecretId,
  candidateAccepted,
  candidateFailed,
  candidateId,
  created,
  disabled,
  propose,
  proposed,
  provided,
  refusedAs,
  rejected,
  rotated,
  secretId,
  verified,
} from '../../test/connection-history';

const given = specification(connection);
const theirs = 'Zt5n1bQ8sV0m3x7c9k2j4w';
const ours = 'q1Zc0nXy8u3m5k7s9w2e4g';
const candidateVerified = (difference = {}) => verified({ against: againstCandidate, trigger: 'rotated', ...difference });

describe('rotating credentials', () => {
  it('activates the candidate that the service accepts, and keeps the old one a day', () => {
    given(created(), provided(), verified()).when(propose(), candidateAccepted()).then(proposed(), candidateVerified(), rotated());
  });

  it('ends a candidate that the service refuses, and the old one lives', () => {
    given(created(), provided(), verified()).when(propose(), candidateFailed('unauthorized')).then(proposed(), rejected());
  });

  it.each(['unreachable', 'timeout', 'tls', 'unexpected'] as const)('lets a candidate wait when the service was %s', (untried) => {
    given(created(), provided(), verified()).when(propose({ untried }), candidateFailed(untried)).then(proposed({ untried }));
  });

  it('uses an untried candidate at once where the current credential is refused anyway', () => {
    const refused = { status: 'error', code: 'unauthorized' } as const;
    given(created(), provided(), refusedAs('unauthorized'))
      .when(propose({ untried: 'timeout' }), candidateFailed('timeout'))
      .then(
        proposed({ untried: 'timeout', statusAfter: refused }),
        rotated({ statusAfter: { status: 'pending', code: 'verification_pending' } }),
        { ...refusedAs('timeout', 'rotated'), data: { ...refusedAs('timeout', 'rotated').data, against: againstCandidate } },
      );
  });

  it('lets a newer candidate supersede an older one', () => {
    given(created(), provided(), verified(), proposed({ untried: 'tls' }))
      .when(propose({ secretId: anotherSecretId }))
      .then(rejected({ category: 'superseded', detail: { code: 'newer_candidate' } }), proposed({ secretId: anotherSecretId }));
  });

  it('records nothing for a candidate that is proposed again', () => {
    given(created(), provided(), verified(), proposed()).when(propose()).thenNothing();
    given(created(), provided(), verified(), proposed(), candidateVerified(), rotated()).when(propose()).thenNothing();
  });

  it('is refused where there is nothing to rotate', () => {
    given(created()).when(propose()).thenRefused('ConnectionIsPending');
    given(created({ authType: 'none' }))
      .when(propose())
      .thenRefused('AuthTypeIsNotOffered');
    given(created(), provided(), verified(), disabled()).when(propose()).thenRefused('ConnectionIsDisabled');
  });

  it('does not take an answer about an older candidate for one about the newer', () => {
    given(created(), provided(), verified(), proposed({ secretId: anotherSecretId }))
      .when(candidateAccepted())
      .thenRefused('ConnectionChangedMeanwhile');
  });
});

describe('a candidate that waits', () => {
  const waiting = [
    created(),
    provided(),
    verified(),
    proposed({ untried: 'timeout', candidateUntil: '2026-11-25T09:00:00.000Z' }),
  ] as const;

  it('activates itself once the service accepts it', () => {
    given(...waiting)
      .when(candidateAccepted({ trigger: 'scheduled' }))
      .then(candidateVerified({ trigger: 'scheduled' }), rotated());
  });

  it('goes on waiting while the service cannot be asked, and counts no missed check of the current credential', () => {
    given(...waiting)
      .when(candidateFailed('timeout', 'scheduled'), candidateFailed('timeout', 'scheduled'), candidateFailed('timeout', 'scheduled'))
      .thenNothing();
  });

  it('ends when its time is over', () => {
    given(...waiting)
      .when({ type: 'AbandonCandidate', secretId: candidateId })
      .then(rejected({ category: 'abandoned', detail: { code: 'candidate_expired' } }));
    given(created(), provided(), verified()).when({ type: 'AbandonCandidate', secretId: candidateId }).thenNothing();
  });

  it('ends with the connection being switched off', () => {
    const statusAfter = { status: 'disabled', code: 'disabled' } as const;
    given(...waiting)
      .when({ type: 'Disable' })
      .then(rejected({ category: 'abandoned', detail: { code: 'connection_disabled' } }), disabled({ statusAfter }));
  });
});

describe('a credential of another account', () => {
  const known = [created(), provided(), verified({ accountFingerprint: ours })] as const;

  it('is refused', () => {
    given(...known)
      .when(propose(), candidateAccepted({ account: theirs }))
      .thenRefused('AccountIsDifferent');
  });

  it('is taken when somebody means it', () => {
    given(...known)
      .when(propose(), candidateAccepted({ account: theirs, allowAccountChange: true }))
      .then(proposed(), candidateVerified({ accountFingerprint: theirs }), rotated());
  });

  it('ends the candidate where nobody is there to be asked', () => {
    given(...known, proposed({ untried: 'tls' }))
      .when(candidateAccepted({ account: theirs, trigger: 'scheduled' }))
      .then(rejected({ category: 'abandoned', detail: { code: 'account_is_different' } }));
  });

  it('is not suspected where the service does not say whose it is', () => {
    given(...known)
      .when(propose(), candidateAccepted())
      .then(proposed(), candidateVerified(), rotated());
  });
});

describe('rolling back', () => {
  const rotatedOnce = (previousUntil: string) =>
    [created(), provided(), verified(), proposed(), candidateVerified(), rotated({ previousUntil })] as const;
  const back = propose({ secretId: anotherSecretId, reason: 'rolled_back' });

  it('proposes the credential before this one while it is kept', () => {
    given(...rotatedOnce('2026-11-24T09:00:00.001Z'))
      .when(back)
      .then(proposed({ secretId: anotherSecretId, reason: 'rolled_back' }));
  });

  it('is refused when it is not kept any more, or there never was one', () => {
    given(...rotatedOnce('2026-11-24T09:00:00.000Z'))
      .when(back)
      .thenRefused('NothingToRollBackTo');
    given(created(), provided(), verified()).when(back).thenRefused('NothingToRollBackTo');
  });

  it('numbers versions on', () => {
    const againstBack = { ...againstCandidate, secretId: anotherSecretId };
    const acceptedBack = candidateAccepted({ outcome: { against: againstBack, accepted: true, latencyMs: 12 } });
    given(...rotatedOnce('2026-11-25T09:00:00.000Z'))
      .when(back, acceptedBack)
      .then(
        proposed({ secretId: anotherSecretId, reason: 'rolled_back' }),
        candidateVerified({ against: againstBack }),
        rotated({ secretId: anotherSecretId, credentialVersion: 3, previousVersion: 2, reason: 'rolled_back' }),
      );
  });

  it('keeps only what was entered: the day is not given to other credentials', () => {
    const { previousUntil: _, ...data } = rotated().data;
    given(created(), provided({ source: 'imported' }), verified())
      .when(propose(), candidateAccepted())
      .then(proposed(), candidateVerified(), { type: 'CredentialsRotated', data });
    expect(active.status).toBe('active');
    expect(secretId).not.toBe(candidateId);
  });
});
