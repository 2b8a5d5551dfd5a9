/**
 * Whether an error says "nobody answers there (yet)" rather than "you may not" or "that is wrong": worth another try.
 * 57P01–57P03: shutting down, crashed, starting up; 53300: too many connections (PostgreSQL manual, appendix A).
 */
export const isUnavailable = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return unavailableCodes.has(code) || code.startsWith('08');
  return typeof message === 'string' && unavailableMessages.some((known) => message.includes(known));
};

const unavailableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

// pg gives these no code.
const unavailableMessages = [
  'timeout expired',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Connection terminated',
  'Client has encountered a connection error',
];
