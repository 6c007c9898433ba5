import { type ErrorCode, NearcadeError, problemSchema } from '#shared/errors.ts';

/** What a failed answer means, from its status and body (RFC 9457 problem details when it is ours). */
export function errorOfAnswer(status: number, body: unknown): NearcadeError {
  const problem = problemSchema.safeParse(body);
  if (problem.success) {
    const { code, detail, details } = problem.data;
    return new NearcadeError(code, detail, details === undefined ? {} : { details });
  }
  return new NearcadeError(codeOfStatus(status), undefined, { details: { status } });
}

/** For answers that are not ours: a proxy's page, or a code newer than this app. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 410) return 'session_over';
  if (status === 413) return 'payload_too_large';
  if (status === 429) return 'rate_limited';
  if (status >= 500) return 'unavailable';
  return 'invalid_request';
}

/** Anything that was thrown, as an error of ours: what `fetch` throws means that nothing was reached. */
export function asNearcadeError(error: unknown): NearcadeError {
  if (error instanceof NearcadeError) return error;
  return new NearcadeError('unavailable', 'Nearcade cannot be reached', { cause: error });
}
