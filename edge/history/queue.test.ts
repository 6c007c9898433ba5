import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  bindings,
  call,
  createOk,
  deliver,
  newGame,
  newNode,
  newPlayer,
  report,
  services,
  type TestGame,
} from '#edge/testing/platform.ts';
import { look, newStage } from '#edge/testing/stage.ts';
import worker from '#edge/worker.ts';
import type { Admission } from '#shared/api/play.ts';
import { replayDeadLetter } from './dead-letters.ts';

const deadBatch = (id: string, body: unknown) =>
  createMessageBatch('nearcade-events-dead', [{ id, timestamp: new Date(), attempts: 1, body }]);

async function takeDead(id: string, body: unknown): Promise<string[]> {
  const batch = deadBatch(id, body);
  await worker.queue(batch as never, bindings);
  return (await getQueueResult(batch, createExecutionContext())).explicitAcks;
}

const newSession = async (game: TestGame) => createOk(await newPlayer(), game);

async function stateOf({ session }: Admission): Promise<unknown> {
  const { db } = await services();
  return (await db.execute(sql`select state from sessions where id = ${session.id}::uuid`)).rows[0]?.state;
}

describe('the queue', () => {
  it('queue consumer failing half of its batch: the other half counts, the failed comes again and then counts', async () => {
    const game = await newGame();
    const node = await newNode([game], { slots: 2 });
    const [good, bad] = [await newSession(game), await newSession(game)];
    const events = [good, bad].map(({ ticket }) => report(ticket, { type: 'session_starting', seq: 1 }));
    const { db } = await services();
    // What a full disk or a bad row does: the statement of that one event fails.
    const constraint = sql.raw(`fail_${crypto.randomUUID().replaceAll('-', '')}`);
    const badId = sql.raw(`'${bad.session.id}'`);
    await db.execute(sql`
      alter table node_events add constraint ${constraint} check (session_id <> ${badId}) not valid`);
    try {
      expect(await deliver(node.id, events)).toHaveLength(1);
      expect([await stateOf(good), await stateOf(bad)]).toEqual(['starting', 'reserved']);
    } finally {
      await db.execute(sql`alter table node_events drop constraint ${constraint}`);
    }
    expect(await deliver(node.id, events)).toEqual([]);
    expect([await stateOf(good), await stateOf(bad)]).toEqual(['starting', 'starting']);
  });

  it('keeps what was given up, once, and can take it again', async () => {
    const stage = await newStage();
    const event = report(stage.admission.ticket, { type: 'session_starting', seq: 1 });
    const body = { nodeId: stage.node.id, event };
    const id = crypto.randomUUID();
    expect(await takeDead(id, body)).toEqual([id]);
    expect(await takeDead(id, body)).toEqual([id]);
    const all = await services();
    await replayDeadLetter(all, id);
    await expect.poll(async () => (await look(stage)).state, { timeout: 15_000 }).toBe('starting');
    await expect(replayDeadLetter(all, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is not for players', async () => {
    expect((await call('POST', '/node/v1/events', { body: { events: [] } })).status).toBe(401);
  });
});
