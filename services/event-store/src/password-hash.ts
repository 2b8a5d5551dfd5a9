import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** What one guess costs, as OWASP has it for scrypt: about 32 MiB, three times over. */
export const dearly = { ln: 15, r: 8, p: 3 } as const;

export interface Cost {
  /** The logarithm of scrypt's N, to the base of 2. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

const saltBytes = 16;
const hashBytes = 32;
/** `$scrypt$ln=15,r=8,p=3$salt$hash`, the latter in base64 without padding, as the PHC string format has it. */
const phc = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

export const isPasswordHash = (text: string): boolean => phc.test(text);

/** What comparing with the hash costs. Throws for what is no hash of this format. */
export const costOf = (hash: string): Cost => parsed(hash).cost;

export const hashPassword = async (password: string, cost: Cost = dearly): Promise<string> => {
  const salt = randomBytes(saltBytes);
  const hash = await derived(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(hash)}`;
};

/** In the time the hash asks for, whatever the password. Throws for what is no hash of this format. */
export const passwordMatches = async (password: string, hash: string): Promise<boolean> => {
  const { cost, salt, expected } = parsed(hash);
  return timingSafeEqual(await derived(password, salt, cost), expected);
};

const parsed = (hash: string): { cost: Cost; salt: Buffer; expected: Buffer } => {
  const [, ln, r, p, salt = '', expected = ''] = phc.exec(hash) ?? [];
  if (ln === undefined) throw new Error('This is not a hash of a password');
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  return { cost, salt: Buffer.from(salt, 'base64'), expected: Buffer.from(expected, 'base64') };
};

const derived = (password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> => {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hashBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
};

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
