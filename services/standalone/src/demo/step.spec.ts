import { AnsweredOtherwise, lineOf } from './step';

describe('a step of the demo', () => {
  const answer = { status: 201, body: { status: 'error', statusReason: { code: 'unauthorized' }, secret: 'k_1' } };

  it('is one line when what comes is expected', () => {
    const line = lineOf('Create it', answer, { status: 201, body: { status: 'error', 'statusReason.code': 'unauthorized' } });
    expect(line).toBe('✓ Create it → 201, status "error", statusReason.code "unauthorized"');
  });

  it('tells expected and received otherwise, and nothing that was not asked for', () => {
    const otherwise = (): string => lineOf('Create it', answer, { status: 201, body: { status: 'active', 'account.label': 'Orders' } });
    expect(otherwise).toThrow(AnsweredOtherwise);
    expect(otherwise).toThrow(
      '✗ Create it\n    expected: 201, status "active", account.label "Orders"\n    received: 201, status "error", account.label is missing',
    );
  });

  it('tells the reason of a problem that was not expected', () => {
    expect(() => lineOf('Create it', { status: 409, body: { reason: 'NameIsTaken' } }, { status: 201 })).toThrow(
      'received: 409, reason "NameIsTaken"',
    );
  });
});
