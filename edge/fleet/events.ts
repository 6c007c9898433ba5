import type { QueuedEvent } from '#edge/env.ts';
import { describeError, log } from '#edge/http/log.ts';
import { applyReport } from '#edge/play/session-state.ts';
import type { Services } from '#edge/services.ts';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { nodeEventSchema } from '#shared/api/fleet.ts';
import { parseWith } from '#shared/errors.ts';

/** Hands a node's events to the queue: from then on they are sure to be applied, at least once. */
export async function enqueueEvents(
  { events }: Services,
  nodeId: string,
  list: readonly NodeEvent[],
): Promise<void> {
  await events.sendBatch(list.map(event => ({ body: { nodeId, event } })));
}

/** Applies a batch, oldest first. What fails is tried again, and goes to the dead letters in the end. */
export async function consumeEvents(services: Services, batch: MessageBatch<QueuedEvent>): Promise<void> {
  const inOrder = [...batch.messages].sort((a, b) => a.body.event.seq - b.body.event.seq);
  for (const message of inOrder) {
    const { nodeId } = message.body;
    try {
      const event = parseWith(nodeEventSchema, message.body.event);
      const outcome = await applyReport(services.db, nodeId, event);
      const { id, type, sessionId, seq } = event;
      log(outcome === 'stale' ? 'warn' : 'info', 'node event', { outcome, nodeId, id, type, sessionId, seq });
      message.ack();
    } catch (error) {
      log('error', 'node event failed', { nodeId, attempts: message.attempts, ...describeError(error) });
      message.retry();
    }
  }
}
