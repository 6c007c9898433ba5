import { z } from 'zod';
import type { QueuedEvent } from '#edge/bindings.ts';
import { recordEvent } from '#edge/history/record.ts';
import { describeError, log } from '#edge/http/log.ts';
import { settleDownAfter } from '#edge/play/announce.ts';
import { outcomesOfEnds, type ReportedEnd } from '#edge/play/report-ends.ts';
import { applyReport } from '#edge/play/reports.ts';
import type { Services } from '#edge/services.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { nodeEventSchema, nodeIdSchema } from '#shared/api/fleet.ts';
import { describeIssues } from '#shared/errors.ts';
import { applyReportedEnds } from './end-reports.ts';

const queuedEventSchema = z.object({ nodeId: nodeIdSchema, event: nodeEventSchema });

/** Hands a node's events to the queue: from then on they are sure to be applied, at least once. */
export async function enqueueEvents(
  { events }: Services,
  nodeId: string,
  list: readonly NodeEvent[],
): Promise<void> {
  await events.sendBatch(list.map(event => ({ body: { nodeId, event } })));
}

type Message = MessageBatch<QueuedEvent>['messages'][number];

interface Delivered {
  message: Message;
  nodeId: string;
  event: NodeEvent;
}
type DeliveredEnd = Delivered & ReportedEnd;

/** Sessions whose events are applied at the same time: a Worker has six requests under way at once, the others wait. */
const PARALLEL = 6;

/**
 * Applies a batch: each session's events in their order, then all that ended in one transaction. What fails is tried again, and goes to
 * the dead letters in the end; none keeps the others back.
 */
export async function consumeEvents(services: Services, batch: MessageBatch<QueuedEvent>): Promise<void> {
  const readable = batch.messages.flatMap(message => {
    const parsed = queuedEventSchema.safeParse(message.body);
    if (parsed.success) return [{ message, ...parsed.data }];
    log('error', 'node event unreadable', { message: message.id, issues: describeIssues(parsed.error) });
    message.retry();
    return [];
  });
  readable.sort((a, b) => a.event.seq - b.event.seq);
  const ends = readable.filter((one): one is DeliveredEnd => one.event.type === 'session_ended');
  const others = readable.filter(one => one.event.type !== 'session_ended');
  const sessions = [...Map.groupBy(others, ({ event }) => event.sessionId).values()];
  await inParallel(sessions, PARALLEL, async events => {
    for (const delivered of events) {
      await settle([delivered], async () => [[delivered, await apply(services, delivered)]]);
    }
  });
  if (ends.length > 0) await consumeEnds(services, ends);
}

async function consumeEnds(services: Services, ends: readonly DeliveredEnd[]): Promise<void> {
  const together = (some: readonly DeliveredEnd[]) => settle(some, () => applyEnds(services, some));
  if (ends.length === 1) return together(ends);
  try {
    report(await applyEnds(services, ends));
  } catch (error) {
    log('warn', 'ends are applied one by one', { ends: ends.length, ...describeError(error) });
    await inParallel(ends, PARALLEL, end => together([end]));
  }
}

type Outcomes = Iterable<readonly [Delivered, string]>;

/** In one transaction, with the history: all of it or nothing. */
async function applyEnds(services: Services, ends: readonly DeliveredEnd[]): Promise<Outcomes> {
  const results = await applyReportedEnds(services.db, ends);
  await settleDownAfter(services, results);
  const outcomes = outcomesOfEnds(results);
  return ends.map(end => [end, outcomes.get(end.event.id) ?? 'stale'] as const);
}

async function apply(services: Services, { nodeId, event }: Delivered): Promise<string> {
  if (event.type === 'session_ended') throw new Error('unreachable: ends are applied together');
  const outcome = event.type === 'match_ended' ? 'recorded' : await applyReport(services, nodeId, event);
  // Also when the session knew it already: an earlier delivery may have got only as far as that.
  await recordEvent(services.db, nodeId, event);
  return outcome;
}

/** Tells the queue that these are done, or that they are to be brought again. */
async function settle(delivered: readonly Delivered[], work: () => Promise<Outcomes>): Promise<void> {
  try {
    report(await work());
  } catch (error) {
    for (const { message, ...about } of delivered) {
      log('error', 'node event failed', {
        attempts: message.attempts,
        ...describe(about),
        ...describeError(error),
      });
      message.retry();
    }
  }
}

/** In one line, since a line costs far more than what it says. */
function report(outcomes: Outcomes): void {
  const events = [...outcomes].map(([{ message, ...about }, outcome]) => {
    message.ack();
    return { outcome, ...describe(about) };
  });
  const isOdd = events.some(({ outcome }) => outcome === 'stale');
  log(isOdd ? 'warn' : 'info', 'node events', { events });
}

function describe({ nodeId, event: { id, type, sessionId, seq } }: Omit<Delivered, 'message'>) {
  return { nodeId, id, type, sessionId, seq };
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
