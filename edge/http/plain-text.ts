import { NearcadeError } from '#shared/errors.ts';

/** What JSON can spell and Postgres cannot hold, as it stands in JSON's text: U+0000 and halves of surrogate pairs. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/i;

/** Whether a JSON text may hold such a string: most do not, and then nothing needs to be walked. */
export function mayHoldOddText(json: string): boolean {
  return SUSPICIOUS.test(json) || json.includes('\0');
}

/** Throws `invalid_request`, with the field, when a string in `value` is not Unicode text or has a NUL character. */
export function requirePlainText(value: unknown, path: readonly string[] = []): void {
  if (typeof value === 'string') {
    if (value.isWellFormed() && !value.includes('\0')) return;
    const message = 'not text: a NUL character or half of a surrogate pair';
    const field = path.join('.');
    throw new NearcadeError('invalid_request', `${field}: ${message}`, {
      details: { issues: [{ path: field, message }] },
    });
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    requirePlainText(name, path);
    requirePlainText(inner, [...path, name]);
  }
}
