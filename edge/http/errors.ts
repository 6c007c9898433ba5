import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { isDatabaseUnavailable } from '#edge/store/database.ts';
import { type ErrorCode, NearcadeError, type Problem, toProblem } from '#shared/errors.ts';
import type { AppEnv } from './context.ts';
import { describeError, log } from './log.ts';

/** Seconds after which a client may try again what was refused for now, unless the error's details say retryAfterSeconds. */
const RETRY_AFTER_S: Partial<Record<ErrorCode, number>> = {
  rate_limited: 60,
  unavailable: 5,
  no_capacity: 10,
  request_running: 5,
  maintenance: 60,
};

/** Any error as problem details (RFC 9457); logs those that are our fault. */
export function noteProblem(thrown: unknown, c: Context<AppEnv>): Problem {
  const error = known(thrown);
  const problem = toProblem(error, new URL(c.req.url).pathname);
  if (problem.status >= 500 && problem.code !== 'no_capacity') {
    log('error', 'request failed', {
      code: problem.code,
      ...describeError(thrown),
    });
  }
  return problem;
}

/** Answers any error as problem details. */
export function answerError(thrown: unknown, c: Context<AppEnv>): Response {
  const problem = noteProblem(thrown, c);
  c.header('Content-Type', 'application/problem+json');
  c.header('Cache-Control', 'no-store');
  const retryAfter = problem.details?.retryAfterSeconds ?? RETRY_AFTER_S[problem.code];
  if (retryAfter !== undefined) c.header('Retry-After', String(retryAfter));
  if (problem.status === 401) c.header('WWW-Authenticate', 'Bearer');
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode);
}

/** What is not of our family by its nearest code; anything else stays what it is and becomes `internal`. */
function known(thrown: unknown): unknown {
  if (thrown instanceof HTTPException && thrown.status < 500) {
    return new NearcadeError('invalid_request', thrown.message || undefined, { cause: thrown });
  }
  return isDatabaseUnavailable(thrown)
    ? new NearcadeError('unavailable', undefined, { cause: thrown })
    : thrown;
}
