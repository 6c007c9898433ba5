import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, base64url. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a secret that is random already: SHA-256, base64url. Not for passwords. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Compares without telling by its time where two secrets differ, or how long they are. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

/** Whether it is one of several that are good, as while one takes another's place; its time does not tell which. */
export function isOneOf(secret: string, good: readonly string[]): boolean {
  return good.map(one => sameSecret(secret, one)).includes(true);
}
