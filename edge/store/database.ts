import { NeonDbError, neon, neonConfig } from '@neondatabase/serverless';
import { drizzle, type NeonHttpDatabase } from 'drizzle-orm/neon-http';
import type { Settings } from '#edge/env.ts';
import { NeonCalls } from './neon-calls.ts';

/** Neon over HTTP: one request a statement, one request a `batch()`, which is a transaction (READ COMMITTED). */
export type Database = NeonHttpDatabase & {
  /** The short way to what is stored in Postgres. */
  readonly calls: NeonCalls;
};

/**
 * Milliseconds that a statement may take: far above the slowest of ours, and below what a player would wait for. One that was cut off
 * may have been done all the same: that is what idempotency keys are for.
 */
const TIMEOUT_MS = 10_000;

/** Opens no connection: each statement is a request of its own, so all requests of an isolate may share one. Parsing the address for each took 0.1 ms. */
export function openDatabase(settings: Pick<Settings, 'DATABASE_URL' | 'NEON_FETCH_ENDPOINT'>): Database {
  // Neon's driver takes its endpoint from this one global object only.
  if (settings.NEON_FETCH_ENDPOINT !== undefined) neonConfig.fetchEndpoint = settings.NEON_FETCH_ENDPOINT;
  neonConfig.fetchFunction = fetchInTime;
  const calls = new NeonCalls(settings, fetchInTime);
  return Object.assign(drizzle({ client: neon(settings.DATABASE_URL) }), { calls });
}

const fetchInTime: typeof fetch = (input, init) =>
  fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });

/** The constraint that a statement ran into (SQLSTATE 23505, unique violation), or undefined for any other error. */
export function violatedUnique(error: unknown): string | undefined {
  const cause = failureOf(error);
  return cause?.code === '23505' ? cause.constraint : undefined;
}

/** The foreign key whose other side a statement did not find (SQLSTATE 23503), or undefined for any other error. */
export function violatedForeignKey(error: unknown): string | undefined {
  const cause = failureOf(error);
  return cause?.code === '23503' ? cause.constraint : undefined;
}

/** Whether Postgres undid the statement since two waited for each other (SQLSTATE 40P01): done again, it goes through. */
export function isDeadlock(error: unknown): boolean {
  return failureOf(error)?.code === '40P01';
}

/**
 * Whether Postgres could not do it now, and trying again may help: it was not reached (no SQLSTATE), is going or full, or has undone
 * the statement for another's sake (class 40: a deadlock).
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  const cause = failureOf(error);
  return cause !== undefined && (cause.code === undefined || /^(08|40|53|57P)/.test(cause.code));
}

/** What Postgres or the way to it said, in whatever it was wrapped. */
export function failureOf(error: unknown): NeonDbError | undefined {
  if (error instanceof NeonDbError) return error;
  return error instanceof Error && error.cause !== undefined ? failureOf(error.cause) : undefined;
}
