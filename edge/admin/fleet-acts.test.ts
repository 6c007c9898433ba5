import { beforeAll, describe, expect, it } from 'vitest';
import { auditOf, newReason } from '#edge/testing/admin.ts';
import {
  api,
  createOk,
  enter,
  heartbeat,
  newGame,
  newNode,
  newPlayer,
  newStaff,
  type TestPlayer,
  unique,
} from '#edge/testing/platform.ts';
import { isSlotFree, newStage } from '#edge/testing/stage.ts';
import { adminFleetApi } from '#shared/api/admin-fleet.ts';

let operator: TestPlayer;
beforeAll(async () => {
  operator = await newStaff('operator');
});

const why = () => ({ reason: newReason() });
const list = async (query: Parameters<typeof api<typeof adminFleetApi.sessions>>[1]['query'] = {}) =>
  api(adminFleetApi.sessions, { query }, operator);

describe('nodes', () => {
  it('are listed with slots, load and sessions, page by page', async () => {
    const region = unique('region');
    const game = await newGame();
    const nodes = [];
    for (let index = 0; index < 3; index++) nodes.push(await newNode([game], { region, slots: 2 }));
    const [first] = nodes;
    if (first === undefined) throw new Error('unreachable');
    const seen = [];
    let cursor: string | undefined;
    do {
      const page = await api(
        adminFleetApi.nodes,
        { query: { region, limit: 2, ...(cursor === undefined ? {} : { cursor }) } },
        operator,
      );
      seen.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.map(({ id }) => id)).toEqual(nodes.map(({ id }) => id).toSorted());
    const { session } = await createOk(await newPlayer(), game);
    await Promise.all(nodes.map(node => heartbeat(node)));
    const after = await api(adminFleetApi.nodes, { query: { region } }, operator);
    expect(after.items.flatMap(({ sessions }) => sessions)).toEqual([session.id]);
    expect(after.items.map(({ slotsInUse }) => slotsInUse).toSorted()).toEqual([0, 0, 1]);
    expect(after.items[0]).toMatchObject({
      state: 'ready',
      slots: 2,
      load: { cpu: 0.5 },
      drainOrderedAt: null,
    });
  });

  it('are drained with a deadline, take nothing new, and are let in again', async () => {
    const game = await newGame();
    const node = await newNode([game]);
    const params = { nodeId: node.id };
    const deadline = new Date(Date.now() + 600_000).toISOString();
    const drained = await api(adminFleetApi.drain, { params, body: { ...why(), deadline } }, operator);
    expect(drained).toMatchObject({
      act: 'node.drain',
      before: { state: 'ready', drained: false, drainDeadline: null },
      after: { state: 'draining', drained: true, drainDeadline: deadline },
    });
    const player = await newPlayer();
    expect((await enter(player, game)).session.state).toBe('queued');
    const back = await api(adminFleetApi.undrain, { params, body: why() }, operator);
    expect(back).toMatchObject({ before: { drained: true }, after: { drained: false } });
    expect(await auditOf(operator, node.id)).toEqual([back, drained]);
  });

  it('that nobody knows fail to be drained, which is in the log too', async () => {
    const nodeId = unique('nowhere');
    const body = { ...why(), deadline: null };
    await expect(api(adminFleetApi.drain, { params: { nodeId }, body }, operator)).rejects.toMatchObject({
      code: 'node_not_found',
    });
    expect(await auditOf(operator, nodeId)).toMatchObject([{ outcome: 'failed', error: 'node_not_found' }]);
  });
});

describe('sessions', () => {
  it('are listed by state, game, region and node, page by page', async () => {
    const region = unique('region');
    const game = await newGame();
    const node = await newNode([game], { region, slots: 2 });
    const made = [];
    for (let index = 0; index < 3; index++) made.push((await enter(await newPlayer(), game)).session.id);
    const ids = async (query: Parameters<typeof list>[0]) => (await list(query)).items.map(({ id }) => id);
    const newestFirst = made.toReversed();
    expect(await ids({ game: game.slug })).toEqual(newestFirst);
    expect(await ids({ game: game.slug, state: 'live' })).toEqual(newestFirst);
    expect(await ids({ game: game.slug, state: 'queued' })).toEqual(newestFirst.slice(0, 1));
    expect(await ids({ region })).toEqual(newestFirst.slice(1));
    expect(await ids({ node: node.id, state: 'reserved' })).toEqual(newestFirst.slice(1));
    const first = await list({ game: game.slug, limit: 2 });
    expect(first.items[1]).toMatchObject({ region, nodeId: node.id, players: 1, spectators: 0 });
    const rest = await list({ game: game.slug, limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(newestFirst);
    expect(rest.nextCursor).toBeNull();
  });

  it('are ended once; a second time says that it is over', async () => {
    const stage = await newStage();
    const params = { sessionId: stage.admission.session.id };
    const entry = await api(adminFleetApi.endSession, { params, body: why() }, operator);
    expect(entry).toMatchObject({
      act: 'session.end',
      before: { state: 'reserved', endReason: null },
      after: { state: 'ended', endReason: 'operator_ended' },
    });
    expect(await isSlotFree(stage)).toBe(true);
    await expect(api(adminFleetApi.endSession, { params, body: why() }, operator)).rejects.toMatchObject({
      code: 'session_over',
    });
    expect(await auditOf(operator, params.sessionId)).toHaveLength(2);
  });
});
