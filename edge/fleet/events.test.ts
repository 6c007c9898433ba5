import { describe, expect, it } from 'vitest';
import { call, create, deliver, newNode, report } from '#edge/testing/platform.ts';
import { isSlotFree, look, newStage } from '#edge/testing/stage.ts';

describe('events', () => {
  it('reach the session through the queue', async () => {
    const stage = await newStage();
    const { ticket } = stage.admission;
    const events = [
      report(ticket, { type: 'session_starting', seq: 1 }),
      report(ticket, { type: 'session_playing', seq: 2 }),
    ];
    const response = await call('POST', '/node/v1/events', { token: stage.node.token, body: { events } });
    expect(response.status).toBe(202);
    await expect.poll(async () => (await look(stage)).state, { timeout: 15_000 }).toBe('playing');
  });

  it('walk a session through its life and give its slot back', async () => {
    const stage = await newStage();
    const steps = [
      ['session_starting', 'starting'],
      ['session_playing', 'playing'],
      ['session_reconnecting', 'reconnecting'],
      ['session_playing', 'playing'],
    ] as const;
    for (const [index, [type, state]] of steps.entries()) {
      await deliver(stage.node.id, [report(stage.admission.ticket, { type, seq: index + 1 })]);
      expect((await look(stage)).state).toBe(state);
    }
    await deliver(stage.node.id, [
      report(stage.admission.ticket, { type: 'session_ended', seq: 5, reason: 'game_exited' }),
    ]);
    expect(await look(stage)).toMatchObject({ state: 'ended', endReason: 'game_exited' });
    expect(await isSlotFree(stage)).toBe(true);
    expect((await create(stage.player, stage.game)).status).toBe(201);
  });

  it('count once, in whatever order and however often they come', async () => {
    const order = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [1, 0, 3, 2],
      [2, 2, 0, 3, 1, 3, 0],
    ];
    for (const indexes of order) {
      const stage = await newStage();
      const { ticket } = stage.admission;
      const events = [
        report(ticket, { type: 'session_starting', seq: 1 }),
        report(ticket, { type: 'session_playing', seq: 2 }),
        report(ticket, { type: 'session_reconnecting', seq: 3 }),
        report(ticket, { type: 'session_playing', seq: 4 }),
      ];
      for (const index of indexes) {
        const event = events[index];
        if (event !== undefined) expect(await deliver(stage.node.id, [event])).toEqual([]);
      }
      expect((await look(stage)).state).toBe('playing');
    }
  });

  it('never move a session back, and an end is final', async () => {
    const stage = await newStage();
    const { ticket } = stage.admission;
    await deliver(stage.node.id, [report(ticket, { type: 'session_reconnecting', seq: 3 })]);
    await deliver(stage.node.id, [report(ticket, { type: 'session_playing', seq: 2 })]);
    expect((await look(stage)).state).toBe('reconnecting');
    await deliver(stage.node.id, [report(ticket, { type: 'session_ended', seq: 4, reason: 'game_crashed' })]);
    await deliver(stage.node.id, [
      report(ticket, { type: 'session_playing', seq: 5 }),
      report(ticket, { type: 'session_ended', seq: 6, reason: 'player_quit' }),
    ]);
    expect(await look(stage)).toMatchObject({ state: 'failed', endReason: 'game_crashed' });
  });

  it('of another epoch or another node do not count', async () => {
    const stage = await newStage();
    const { ticket } = stage.admission;
    const end = { type: 'session_ended', seq: 9, reason: 'game_exited' } as const;
    const stranger = await newNode([stage.game]);
    expect(await deliver(stage.node.id, [report(ticket, end, 99)])).toEqual([]);
    expect(await deliver(stranger.id, [report(ticket, end)])).toEqual([]);
    expect(await look(stage)).toMatchObject({ state: 'reserved' });
  });

  it('that no schema knows are tried again, and keep none of the others back', async () => {
    const stage = await newStage();
    const odd = {
      ...report(stage.admission.ticket, { type: 'session_starting', seq: 1 }),
      type: 'session_flying',
    };
    const good = report(stage.admission.ticket, { type: 'session_starting', seq: 2 });
    expect(await deliver(stage.node.id, [odd as never, good])).toHaveLength(1);
    expect((await look(stage)).state).toBe('starting');
  });
});
