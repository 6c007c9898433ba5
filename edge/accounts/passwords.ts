import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * scrypt (RFC 7914) with 16 MB and about 0.1 s of a core: production Workers refuse PBKDF2 above 100,000 rounds. The
 * parameters stand in each hash, so that they can be raised without breaking the older ones.
 */
const COST = { N: 16384, r: 8, p: 1 };
const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** What a login for an unknown address is compared with: it must cost the same. Matches no password. */
export const UNKNOWN_USER_HASH = encode(COST, Buffer.alloc(SALT_BYTES), Buffer.alloc(HASH_BYTES));

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return encode(COST, salt, await derive(password, salt, COST));
}

/** Compares in constant time. */
export async function verifyPassword(password: string, encoded: string): Promise<boolean> {
  const [, N, r, p, salt, hash] = encoded.split('$');
  const expected = Buffer.from(hash ?? '', 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt ?? '', 'base64url'), cost);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function encode(cost: typeof COST, salt: Buffer, hash: Buffer): string {
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Unicode has several spellings of one letter; NFKC makes them one (NIST SP 800-63B, 5.1.1.2).
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, cost, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
