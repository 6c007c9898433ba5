import { AsyncLocalStorage } from 'node:async_hooks';
import { DrizzleQueryError } from 'drizzle-orm/errors';

/** What every line says that is logged in the course of one request, queue batch or turn of the cron. */
const origin = new AsyncLocalStorage<{ requestId: string }>();

/** Runs `work`; whatever it logs, also later, names `requestId`. None: a new one, for what no request has asked for, as an alarm. */
export function loggedAs<T>(requestId: string | undefined, work: () => Promise<T>): Promise<T> {
  return origin.run({ requestId: requestId ?? crypto.randomUUID() }, work);
}

/** What the lines name that are logged here: to be given to a Durable Object, which is another place. */
export function currentRequestId(): string | undefined {
  return origin.getStore()?.requestId;
}

/** One JSON line a fact. Never give it a token, a password, a cookie or a body. */
export function log(
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Record<string, unknown> = {},
): void {
  console[level](JSON.stringify({ level, message, ...origin.getStore(), ...fields }));
}

/**
 * What an error tells our own log: with its causes, which clients never see. Of a failed query the statement without its
 * parameters, which may be password hashes and addresses (drizzle puts them into message and stack).
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  if (error instanceof DrizzleQueryError) return { error: `Failed query: ${error.query}`, ...cause };
  return { error: error.message, stack: error.stack, ...cause };
}
