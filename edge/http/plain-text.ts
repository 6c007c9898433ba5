import { NearcadeError, wrongField } from '#shared/errors.ts';

/** Arrays and objects within each other: nothing that we take has a tenth of it, and a thousand times as many end a stack. */
const MAX_DEPTH = 100;

/** What JSON can spell and Postgres cannot hold, as it stands in JSON's text: U+0000 and halves of surrogate pairs. */
const SUSPICIOUS = /\\u(0000|d[89a-f])/i;

/** Whether a JSON text may hold such a string: most do not, and then nothing needs to be walked. */
export function mayHoldOddText(json: string): boolean {
  return SUSPICIOUS.test(json) || json.includes('\0');
}

/** Throws `invalid_request`, with the field, when a string in `value` is not Unicode text or has a NUL character; also when it has no bottom. */
export function requirePlainText(value: unknown, path: readonly string[] = []): void {
  if (typeof value === 'string') {
    if (value.isWellFormed() && !value.includes('\0')) return;
    throw wrongField(path.join('.'), 'not text: a NUL character or half of a surrogate pair');
  }
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= MAX_DEPTH) throw new NearcadeError('invalid_request', 'The body is nested too deeply');
  for (const [name, inner] of Object.entries(value)) {
    requirePlainText(name, path);
    requirePlainText(inner, [...path, name]);
  }
}
