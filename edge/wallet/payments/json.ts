import { NearcadeError } from '#shared/errors.ts';

/** Throws `invalid_request`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NearcadeError('invalid_request', 'The body is no JSON');
  }
}
