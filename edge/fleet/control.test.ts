import { runDurableObjectAlarm, SELF } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  answerOf,
  api,
  bindings,
  call,
  codeOf,
  deliver,
  enter,
  heartbeat,
  newGame,
  newNode,
  newPlayer,
  ORIGIN,
  registrationKey,
  report,
  services,
  type TestNode,
} from '#edge/testing/platform.ts';
import { isSlotFree, look, newStage } from '#edge/testing/stage.ts';
import { heartbeatResponseSchema } from '#shared/api/fleet.ts';
import {
  CONTROL_CLOSE,
  CONTROL_PATH,
  CONTROL_PING,
  CONTROL_PONG,
  controlFromEdgeSchema,
  type NodeOrder,
  type OrderBody,
} from '#shared/api/orders.ts';
import { playApi } from '#shared/api/play.ts';
import { drainNode, undrainNode } from './drain.ts';
import { orderNode } from './orders.ts';

const user = crypto.randomUUID();
const revoke = (): OrderBody => ({ type: 'revoke', userId: user, sessionId: null, reason: 'kicked' });

/** A node's end of the control channel. */
class Channel {
  readonly socket: WebSocket;
  readonly orders: NodeOrder[] = [];
  readonly texts: string[] = [];
  closedWith: number | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', ({ data }) => {
      this.texts.push(String(data));
      if (data !== CONTROL_PONG)
        this.orders.push(...controlFromEdgeSchema.parse(JSON.parse(String(data))).orders);
    });
    socket.addEventListener('close', ({ code }) => {
      this.closedWith = code;
    });
    socket.accept();
  }

  done(...ids: string[]): void {
    this.socket.send(JSON.stringify({ type: 'done', ids }));
  }
}

async function connect(node: TestNode): Promise<Channel> {
  const response = await SELF.fetch(`${ORIGIN}${CONTROL_PATH}`, {
    headers: { upgrade: 'websocket', authorization: `Bearer ${node.token}` },
  });
  expect(response.status).toBe(101);
  if (response.webSocket === null) throw new Error('no socket');
  return new Channel(response.webSocket);
}

const waiting = async (node: TestNode) =>
  (await (await services()).db.execute(sql`select id from node_orders where node_id = ${node.id}`)).rows
    .length;

describe("a node's control channel", () => {
  it('brings an order at once, and forgets it when it was done', async () => {
    const node = await newNode([]);
    const channel = await connect(node);
    await orderNode(await services(), node.id, revoke());
    await expect.poll(() => channel.orders).toMatchObject([revoke()]);
    channel.done(...channel.orders.map(order => order.id));
    await expect.poll(() => waiting(node)).toBe(0);
    channel.socket.close();
  });

  it('brings what was ordered while nobody listened, and again until it is done', async () => {
    const node = await newNode([]);
    await orderNode(await services(), node.id, revoke());
    for (const _ of ['first', 'second']) {
      const channel = await connect(node);
      await expect.poll(() => channel.orders).toHaveLength(1);
      channel.socket.close();
    }
    expect(await waiting(node)).toBe(1);
  });

  it('and the heartbeat say the same; either acknowledges', async () => {
    const node = await newNode([]);
    await orderNode(await services(), node.id, revoke());
    const { orders } = await answerOf(heartbeatResponseSchema, heartbeat(node));
    expect(orders).toMatchObject([revoke()]);
    const doneOrders = orders.map(order => order.id);
    const load = { cpu: 0, sessions: 0, viewers: 0 };
    const body = { state: 'ready', load, sessions: [], doneOrders };
    const next = call('POST', '/node/v1/heartbeat', { token: node.token, body });
    expect((await answerOf(heartbeatResponseSchema, next)).orders).toEqual([]);
    expect(await waiting(node)).toBe(0);
  });

  it("keeps orders of nodes apart: nobody acknowledges another's", async () => {
    const [mine, other] = [await newNode([]), await newNode([])];
    await orderNode(await services(), mine.id, revoke());
    const [{ id = '' } = {}] = (await answerOf(heartbeatResponseSchema, heartbeat(mine))).orders;
    const stranger = await connect(other);
    stranger.done(id);
    stranger.socket.send(CONTROL_PING);
    await expect.poll(() => stranger.texts).toEqual([CONTROL_PONG]);
    expect(stranger.orders).toEqual([]);
    expect(await waiting(mine)).toBe(1);
    stranger.socket.close();
  });

  it('is for nodes with their own token alone', async () => {
    const player = await newPlayer();
    for (const token of [player.token, await registrationKey()]) {
      expect(await codeOf(call('GET', CONTROL_PATH, { token, headers: { upgrade: 'websocket' } }))).toBe(
        'node_unknown',
      );
    }
    const node = await newNode([]);
    expect(await codeOf(call('GET', CONTROL_PATH, { token: node.token }))).toBe('invalid_request');
  });

  it('has one socket a node: a newer one takes its place', async () => {
    const node = await newNode([]);
    const older = await connect(node);
    const newer = await connect(node);
    await expect.poll(() => older.closedWith).toBe(CONTROL_CLOSE.replaced);
    await orderNode(await services(), node.id, revoke());
    await expect.poll(() => newer.orders).toHaveLength(1);
    newer.socket.close();
  });

  it.each(['noise', '{}', '{"type":"done","ids":["x"]}', 'x'.repeat(20_000)])(
    'closes on %.20s',
    async text => {
      const channel = await connect(await newNode([]));
      channel.socket.send(text);
      await expect.poll(() => channel.closedWith).toBe(CONTROL_CLOSE.protocol);
    },
  );

  it('forgets orders about sessions that a new start of the node does not have', async () => {
    const node = await newNode([]);
    await orderNode(await services(), node.id, revoke());
    await drainNode(await services(), node.id, null);
    await newNode([], { id: node.id, bootId: node.bootId });
    expect(await waiting(node)).toBe(2);
    await newNode([], { id: node.id });
    expect(await waiting(node)).toBe(1);
  });
});

describe('a node that an operator drains', () => {
  it('gets no new session, whatever it says itself, until that is taken back', async () => {
    const game = await newGame();
    const node = await newNode([game]);
    const player = await newPlayer();
    const deadline = new Date(Date.now() + 60_000);
    await drainNode(await services(), node.id, deadline);
    const waiting = await enter(player, game);
    expect(waiting.kind).toBe('queued');
    const { orders } = await answerOf(heartbeatResponseSchema, heartbeat(node, [], 'ready'));
    expect(orders).toMatchObject([{ type: 'drain', deadline: deadline.toISOString() }]);
    const ask = () => api(playApi.ticket, { params: { id: waiting.session.id } }, player);
    expect((await ask()).kind).toBe('queued');
    await undrainNode(await services(), node.id);
    await heartbeat(node, [], 'ready');
    expect((await ask()).kind).toBe('admitted');
  });

  it('has to be there', async () => {
    const all = await services();
    await expect(drainNode(all, 'no-such-node', null)).rejects.toMatchObject({ code: 'node_not_found' });
    await expect(undrainNode(all, 'no-such-node')).rejects.toMatchObject({ code: 'node_not_found' });
  });
});

describe('a node that goes', () => {
  const alarm = async (node: TestNode) => {
    const channels = bindings.NODE_CHANNEL;
    return runDurableObjectAlarm(channels.get(channels.idFromName(node.id)));
  };

  it('by saying so gives back what it held', async () => {
    const stage = await newStage();
    expect((await call('POST', '/node/v1/leave', { token: stage.node.token })).status).toBe(204);
    expect(await look(stage)).toMatchObject({ state: 'queued', region: null });
    expect(await isSlotFree(stage)).toBe(true);
    expect(await codeOf(heartbeat(stage.node))).toBe('node_unknown');
  });

  it('without a word is noticed at the end of its lease, not by the next cron', async () => {
    const stage = await newStage();
    await deliver(stage.node.id, [report(stage.admission.ticket, { type: 'session_playing', seq: 1 })]);
    // Its lease holds: looked at, and looked at again later.
    await expect.poll(() => alarm(stage.node)).toBe(true);
    expect((await look(stage)).state).toBe('playing');
    const { db } = await services();
    await db.execute(
      sql`update nodes set lease_expires_at = now() - interval '1 s' where id = ${stage.node.id}`,
    );
    await expect.poll(() => alarm(stage.node)).toBe(true);
    expect(await look(stage)).toMatchObject({ state: 'failed', endReason: 'node_lost' });
    expect(await isSlotFree(stage)).toBe(true);
    // Nothing to look at until it registers again.
    expect(await alarm(stage.node)).toBe(false);
  });
});
