import type { ConnectionCommand } from './connection-command';
import { specification } from '#testing';
import { againstOf, settingsDigest } from './against';
import { connection } from './connection';
import { existing } from './connection-state';
import {
  active,
  againstCandidate,
  boundTo,
  candidateAccepted,
  candidateFailed,
  created,
  disabled,
  propose,
  proposed,
  provided,
  refusedAs,
  rejected,
  renamed,
  rotated,
  verified,
} from '../../test/connection-history';

const given = specification(connection);
const elsewhere = 'https://elsewhere.example.com:443';

type Edit = Extract<ConnectionCommand, { type: 'Edit' }>;
const edit = (changes: Partial<Edit>): Edit => ({ type: 'Edit', origin: boundTo, ...changes });

describe('editing', () => {
  it('records what differs, each change as an event of its own', () => {
    given(created({ settings: { apiKeyName: 'X-Key', verificationPath: '/me' } }), provided(), verified())
      .when(
        edit({
          name: 'Orders EU',
          serviceUrl: 'https://orders.example.com/v2',
          settings: { apiKeyName: 'X-Api-Key' },
          environment: 'production',
          labels: { team: 'orders' },
          owner: 'user-2',
        }),
      )
      .then(
        renamed(),
        {
          type: 'ServiceUrlChanged',
          data: { from: 'https://orders.example.com', to: 'https://orders.example.com/v2', statusAfter: active },
        },
        { type: 'SettingsChanged', data: { set: { apiKeyName: 'X-Api-Key' }, unset: ['verificationPath'], statusAfter: active } },
        { type: 'EnvironmentLabelled', data: { from: null, to: 'production', statusAfter: active } },
        { type: 'LabelsChanged', data: { from: {}, to: { team: 'orders' }, statusAfter: active } },
        { type: 'ConnectionOwnerChanged', data: { from: 'user-1', to: 'user-2', statusAfter: active } },
      );
  });

  it('records nothing when nothing differs', () => {
    given(created(), provided(), verified())
      .when(
        edit({ name: 'Orders', serviceUrl: 'https://orders.example.com', settings: {}, labels: {}, owner: 'user-1', environment: null }),
      )
      .thenNothing();
  });

  it('takes a service URL away', () => {
    given(created({ authType: 'none' }), verified())
      .when(edit({ serviceUrl: null }))
      .then({ type: 'ServiceUrlChanged', data: { from: 'https://orders.example.com', to: null, statusAfter: active } });
  });

  it('takes a label of the environment away', () => {
    given(created({ environment: 'sandbox' }), provided(), verified())
      .when(edit({ environment: null }))
      .then({ type: 'EnvironmentLabelled', data: { from: 'sandbox', to: null, statusAfter: active } });
  });

  it('ends a candidate that was entered for the connection as it was', () => {
    given(created(), provided(), verified(), proposed({ untried: 'tls' }))
      .when(edit({ settings: { apiKeyName: 'X-Api-Key' } }))
      .then(rejected({ category: 'superseded', detail: { code: 'newer_candidate' } }), {
        type: 'SettingsChanged',
        data: { set: { apiKeyName: 'X-Api-Key' }, unset: [], statusAfter: active },
      });
  });

  it('is possible while the connection is switched off, which it stays', () => {
    const off = { status: 'disabled', code: 'disabled' } as const;
    given(created(), provided(), verified(), disabled())
      .when(edit({ name: 'Orders EU' }))
      .then(renamed({ statusAfter: off }));
  });
});

describe('a credential only ever goes to the origin it was entered for', () => {
  const moved = edit({ serviceUrl: 'https://elsewhere.example.com', origin: elsewhere });
  const urlChanged = {
    type: 'ServiceUrlChanged' as const,
    data: { from: 'https://orders.example.com', to: 'https://elsewhere.example.com', statusAfter: active },
  };
  const boundElsewhere = {
    ...againstCandidate,
    boundTo: elsewhere,
    settingsDigest: settingsDigest('https://elsewhere.example.com', {}),
  };
  const reentered = (verification = candidateAccepted({ outcome: { against: boundElsewhere, accepted: true, latencyMs: 12 } })) => ({
    candidate: propose({ boundTo: elsewhere }),
    verification,
  });

  it('refuses an edit that moves the origin', () => {
    given(created(), provided(), verified()).when(moved).thenRefused('CredentialsMustBeReentered');
  });

  it('refuses one by settings just the same', () => {
    given(created(), provided(), verified())
      .when(edit({ settings: { shop: 'another' }, origin: elsewhere }))
      .thenRefused('CredentialsMustBeReentered');
  });

  it('moves with a credential for the new origin that the service there accepted', () => {
    given(created(), provided(), verified())
      .when({ ...moved, reentered: reentered() })
      .then(urlChanged, proposed({ boundTo: elsewhere }), verified({ against: boundElsewhere, trigger: 'rotated' }), rotated());
  });

  it('does not move with one that was refused, nor with one bound to the old origin', () => {
    given(created(), provided(), verified())
      .when({
        ...moved,
        reentered: reentered({
          ...candidateFailed('unauthorized'),
          outcome: { ...candidateFailed('unauthorized').outcome, against: boundElsewhere },
        }),
      })
      .thenRefused('CredentialsWereRefused');
    given(created(), provided(), verified())
      .when({ ...moved, reentered: { ...reentered(), candidate: propose() } })
      .thenRefused('CredentialsMustBeReentered');
  });

  it('moves freely where there is no credential to protect', () => {
    given(created({ authType: 'none', statusAfter: { status: 'pending', code: 'verification_pending' } }))
      .when(moved)
      .then({ ...urlChanged, data: { ...urlChanged.data, statusAfter: { status: 'pending', code: 'verification_pending' } } });
  });

  it('lets a name change where the definition has moved the origin meanwhile', () => {
    given(created(), provided(), verified())
      .when(edit({ name: 'Orders EU', origin: elsewhere }))
      .then(renamed());
  });
});

describe('an edit within the origin', () => {
  it('is verified as the connection is after it', () => {
    const after = [created(), provided(), verified()].reduce(connection.evolve, connection.initial);
    const changed = connection.decide(edit({ settings: { apiKeyName: 'X-Api-Key' } }), after, new Date(0)).reduce(connection.evolve, after);
    const against = againstOf(existing(changed));
    given(created(), provided(), verified())
      .when(edit({ settings: { apiKeyName: 'X-Api-Key' } }), {
        type: 'RecordVerification',
        trigger: 'edited',
        outcome: { against, accepted: false, category: 'unauthorized', detail: { code: 'unexpected_status' } },
      })
      .then(
        { type: 'SettingsChanged', data: { set: { apiKeyName: 'X-Api-Key' }, unset: [], statusAfter: active } },
        { ...refusedAs('unauthorized', 'edited'), data: { ...refusedAs('unauthorized', 'edited').data, against } },
      );
  });
});
