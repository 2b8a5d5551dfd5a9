import type { StatusCode } from '#events';

/** What a person can do about a status. */
export const statusActions = [
  'reauthorize',
  'enter_credentials',
  'check_service_url',
  'ask_service_admin',
  'allow_egress_address',
  'wait',
  'enable',
] as const;
export type StatusAction = (typeof statusActions)[number];

const actions: Readonly<Record<StatusCode, StatusAction>> = {
  awaiting_credentials: 'enter_credentials',
  verification_pending: 'wait',
  unauthorized: 'enter_credentials',
  forbidden: 'ask_service_admin',
  unreachable: 'check_service_url',
  timeout: 'check_service_url',
  tls: 'check_service_url',
  blocked: 'allow_egress_address',
  unexpected: 'check_service_url',
  disabled: 'enable',
};

export function actionFor(code: StatusCode): StatusAction {
  return actions[code];
}
