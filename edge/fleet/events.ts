import { z } from 'zod';
import type { QueuedEvent } from '#edge/env.ts';
import { recordEvent } from '#edge/history/record.ts';
import { describeError, log } from '#edge/http/log.ts';
import { applyReport } from '#edge/play/reports.ts';
import type { Services } from '#edge/services.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { nodeEventSchema, nodeIdSchema } from '#shared/api/fleet.ts';
import { describeIssues } from '#shared/errors.ts';

const queuedEventSchema = z.object({ nodeId: nodeIdSchema, event: nodeEventSchema });

/** Hands a node's events to the queue: from then on they are sure to be applied, at least once. */
export async function enqueueEvents(
  { events }: Services,
  nodeId: string,
  list: readonly NodeEvent[],
): Promise<void> {
  await events.sendBatch(list.map(event => ({ body: { nodeId, event } })));
}

/**
 * Applies a batch, each session's events in their order. What fails is tried again, and goes to the dead letters in the
 * end; none keeps the others back.
 */
export async function consumeEvents(services: Services, batch: MessageBatch<QueuedEvent>): Promise<void> {
  const readable = batch.messages.flatMap(message => {
    const parsed = queuedEventSchema.safeParse(message.body);
    if (parsed.success) return [{ message, queued: parsed.data }];
    log('error', 'node event unreadable', { message: message.id, issues: describeIssues(parsed.error) });
    message.retry();
    return [];
  });
  readable.sort((a, b) => a.queued.event.seq - b.queued.event.seq);
  for (const { message, queued } of readable) {
    const { id, type, sessionId, seq } = queued.event;
    const about = { nodeId: queued.nodeId, id, type, sessionId, seq };
    try {
      const outcome = await apply(services, queued);
      log(outcome === 'stale' ? 'warn' : 'info', 'node event', { outcome, ...about });
      message.ack();
    } catch (error) {
      log('error', 'node event failed', { attempts: message.attempts, ...about, ...describeError(error) });
      message.retry();
    }
  }
}

async function apply(services: Services, { nodeId, event }: QueuedEvent): Promise<string> {
  const outcome = event.type === 'match_ended' ? 'recorded' : await applyReport(services, nodeId, event);
  // Also when the session knew it already: an earlier delivery may have got only as far as that.
  await recordEvent(services.db, nodeId, event);
  return outcome;
}
