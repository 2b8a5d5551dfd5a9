/** Why a call was not made. For logs and specs: users get one text for all, so that an answer tells nothing about the inner network. */
export type DenialCode =
  | 'invalid_url'
  | 'url_not_allowed'
  | 'scheme_not_allowed'
  | 'name_not_allowed'
  | 'port_not_allowed'
  | 'address_not_allowed'
  | 'redirect_not_allowed'
  | 'endpoint_not_allowed'
  | 'resolver_error';

export const denialText = 'Patchbay only calls public https addresses; an operator can allow ranges with OUTBOUND_ALLOWED_CIDRS.';

/** The guard said no: nothing was sent. Carries neither the address nor the URL. */
export class OutboundDenied extends Error {
  override readonly name = 'OutboundDenied';
  constructor(readonly code: DenialCode) {
    super(denialText);
  }
}
