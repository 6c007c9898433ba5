import { and, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import { auditLog } from '#edge/store/schema.ts';
import type { ActName, TargetKind } from '#shared/api/admin.ts';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';

/** Seconds after which an act that was begun and not finished is taken to have been cut off: no request lives that long. */
const CUT_OFF_S = 120;

/** For how long a request waits for the same one that is under way: most acts take far less. */
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 100;

/** Who acts, and by what request. */
export interface Actor {
  userId: string;
  requestId: string;
  reason: string;
  idempotency: IdempotentRequest;
}

export type State = Record<string, unknown>;

/** What an act did. `before` and `after` as it saw them itself, under its own locks, count more than what `look` saw around it. */
export interface Done<T> {
  answer: T;
  before?: State | undefined;
  after?: State | undefined;
}

export interface Act<T> {
  act: ActName;
  target: { kind: TargetKind; id: string };
  /** The state of the target that the act changes; throws when there is no such target: then the act fails by that. */
  look?: () => Promise<State>;
  run: () => Promise<Done<T>>;
}

/** The entry of an act that was done, now or by an earlier request with the same key, and what it answered. */
export interface Audited<T> {
  entryId: string;
  answer: T;
}

/**
 * Does an act of an operator, and has it in the audit log: the entry is written before the act, so that none goes without, and
 * completed with what came of it, also when it failed. The same request again answers the first; one that failed is done anew,
 * with an entry of its own. `T` is kept as JSON. Throws what the act throws, `idempotency_key_reused`, or `request_running`
 * when the first takes long.
 */
export async function audited<T>(services: Services, actor: Actor, act: Act<T>): Promise<Audited<T>> {
  const [looked] = await Promise.allSettled([act.look?.()]);
  const before = looked.status === 'fulfilled' ? looked.value : undefined;
  const entry = await beginOrWait(services, actor, act, before);
  if ('answer' in entry) return entry;
  const { entryId } = entry;
  let done: Done<T>;
  try {
    if (looked.status === 'rejected') throw looked.reason;
    done = await act.run();
  } catch (error) {
    await fail(services, entryId, error, act.look);
    throw error;
  }
  const after = done.after ?? (await lookAgain(act.look));
  const outcome = { before: done.before ?? before, after, answer: done.answer };
  await finish(
    services,
    entryId,
    sql`
    outcome = 'done', before = ${json(outcome.before)}, after = ${json(outcome.after)}, answer = ${json(outcome.answer)}`,
  );
  return { entryId, answer: done.answer };
}

/** The new entry, or the one of the same request, once that has done it. */
async function beginOrWait<T>(
  services: Services,
  actor: Actor,
  act: Act<T>,
  before: State | undefined,
): Promise<{ entryId: string } | Audited<T>> {
  for (let waited = 0; waited < WAIT_MS; waited += LOOK_EVERY_MS) {
    const entryId = await begin(services, actor, act, before);
    if (entryId !== undefined) return { entryId };
    const done = await earlier<T>(services, actor);
    if (done !== undefined) return done;
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new NearcadeError('request_running');
}

/** The id of the new entry; undefined when this request is under way, or was done. One round trip. */
async function begin<T>(
  { db }: Services,
  { userId, requestId, reason, idempotency }: Actor,
  { act, target }: Act<T>,
  before: State | undefined,
): Promise<string | undefined> {
  const { key, requestHash } = idempotency;
  const [, { rows }] = await db.batch([
    db.execute(sql`
      update ${auditLog} set outcome = 'unknown', finished_at = now()
      where actor_id = ${userId}::uuid and key = ${key} and outcome = 'begun'
        and created_at < now() - make_interval(secs => ${CUT_OFF_S}::float8)`),
    db.execute<{ id: string }>(sql`
      insert into ${auditLog} (actor_id, act, target_kind, target_id, before, reason, request_id, key, request_hash)
      values (${userId}::uuid, ${act}, ${target.kind}, ${target.id}, ${json(before)}, ${reason}, ${requestId}, ${key},
        ${requestHash})
      on conflict (actor_id, key) where outcome in ('begun', 'done') do nothing
      returning id`),
  ]);
  return rows[0]?.id;
}

/** What this request came to before; undefined when it is under way, or has failed. */
async function earlier<T>({ db }: Services, { userId, idempotency }: Actor): Promise<Audited<T> | undefined> {
  const [entry] = await db
    .select({
      id: auditLog.id,
      outcome: auditLog.outcome,
      answer: auditLog.answer,
      requestHash: auditLog.requestHash,
    })
    .from(auditLog)
    .where(
      and(
        eq(auditLog.actorId, userId),
        eq(auditLog.key, idempotency.key),
        inArray(auditLog.outcome, ['begun', 'done']),
      ),
    );
  if (entry !== undefined && entry.requestHash !== idempotency.requestHash) {
    throw new NearcadeError('idempotency_key_reused');
  }
  return entry?.outcome === 'done' ? { entryId: entry.id, answer: entry.answer as T } : undefined;
}

async function fail(services: Services, entryId: string, error: unknown, look: Act<unknown>['look']) {
  const code: ErrorCode = error instanceof NearcadeError ? error.code : 'internal';
  try {
    const after = await lookAgain(look);
    await finish(services, entryId, sql`outcome = 'failed', error = ${code}, after = ${json(after)}`);
  } catch (cause) {
    // The entry stays as begun: the log does not say that nothing was done.
    log('error', 'outcome of an act not noted', { entryId, code, ...describeError(cause) });
  }
}

/** Undefined when the target is gone, or can't be asked. */
async function lookAgain(look: Act<unknown>['look']): Promise<State | undefined> {
  try {
    return await look?.();
  } catch (error) {
    if (!(error instanceof NearcadeError)) log('warn', 'target of an act not read', describeError(error));
    return undefined;
  }
}

async function finish({ db }: Services, entryId: string, changes: SQL): Promise<void> {
  const write = () =>
    db.execute(sql`
      update ${auditLog} set ${changes}, finished_at = now() where id = ${entryId}::uuid and outcome = 'begun'`);
  try {
    await write();
  } catch {
    // It was done and should be known as done: one fault of the network does not keep it from being.
    await write();
  }
}

/** JSON null and no value are the same to readers. */
const json = (value: unknown) => sql`${value === undefined ? null : JSON.stringify(value)}::jsonb`;
