/** What kept a call from a usable answer, and what of it people may know. The codes are those that a stored verification knows. */
export type FailureCode =
  | 'name_not_resolved'
  | 'connection_refused'
  | 'connection_lost'
  | 'no_answer_in_time'
  | 'certificate_not_trusted'
  | 'answer_too_large'
  | 'unexpected_body';

const categories = {
  name_not_resolved: 'unreachable',
  connection_refused: 'unreachable',
  connection_lost: 'unreachable',
  no_answer_in_time: 'timeout',
  certificate_not_trusted: 'tls',
  answer_too_large: 'unexpected',
  unexpected_body: 'unexpected', // not HTTP either
} as const satisfies Record<FailureCode, string>;

/** The call was allowed and did not work. Without the cause: errors of the layers below quote what was sent and received. */
export class OutboundFailed extends Error {
  override readonly name = 'OutboundFailed';
  readonly category: 'unreachable' | 'timeout' | 'tls' | 'unexpected';
  constructor(readonly code: FailureCode) {
    super(`the call failed: ${code}`);
    this.category = categories[code];
  }
}
