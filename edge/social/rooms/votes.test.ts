import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { recordingServices, toldTo } from '#edge/testing/live-record.ts';
import { bindings, deliver, newPlayer, report, services, type TestPlayer } from '#edge/testing/platform.ts';
import { VOTE_COUNTDOWN_S } from '#shared/votes.ts';
import {
  answer,
  enter,
  letTimePass,
  look,
  newRoom,
  refusalOf,
  sessionOf,
  startVote,
  type TestRoom,
} from './testing.ts';
import { answerVote, settleDueVotes, settleVote } from './votes.ts';

const players = (room: TestRoom) => room.players as [TestPlayer, TestPlayer, TestPlayer];

const clockOf = (vote: { id: string }) =>
  bindings.GROUP_CLOCK.get(bindings.GROUP_CLOCK.idFromName(`room_vote:${vote.id}`));

describe('a vote to dissolve a room', () => {
  it('passes as soon as more than half of the seats are for it, and ends the session', async () => {
    const room = await newRoom(4);
    const [ada, bob] = players(room);
    const vote = await startVote(ada, room);
    expect(vote).toMatchObject({ state: 'open', seated: 4, answers: [{ userId: ada.user.id, yes: true }] });
    const seconds = (Date.parse(vote.endsAt) - Date.parse(vote.startedAt)) / 1000;
    expect(seconds).toBe(VOTE_COUNTDOWN_S);
    expect((await look(bob, room)).vote).toEqual(vote);
    expect(await answer(bob, room, vote, true)).toMatchObject({ state: 'open' });
    expect(await answer(room.host, room, vote, true)).toMatchObject({ state: 'enacted' });
    expect(await sessionOf(room)).toMatchObject({ state: 'ended', endReason: 'room_dissolved' });
  });

  it('is rejected as soon as half of the seats are against it, and not started anew for a while', async () => {
    const room = await newRoom(4);
    const [ada, bob, cem] = players(room);
    const vote = await startVote(ada, room);
    await answer(bob, room, vote, false);
    expect(await answer(cem, room, vote, false)).toMatchObject({ state: 'rejected' });
    expect(await refusalOf(answer(room.host, room, vote, true))).toBe('room_vote_over');
    expect(await refusalOf(startVote(bob, room))).toBe('room_vote_too_soon');
    const { vote: none, nextVoteAt } = await look(ada, room);
    expect(none).toBeNull();
    expect(Date.parse(nextVoteAt ?? '')).toBeGreaterThan(Date.now());
    expect((await sessionOf(room)).endReason).toBeNull();
    await letTimePass(vote);
    expect(await startVote(bob, room)).toMatchObject({ state: 'open' });
  });

  it('takes silence for a yes when the countdown ends', async () => {
    const room = await newRoom(4);
    const [ada, bob] = players(room);
    const vote = await startVote(ada, room);
    await answer(bob, room, vote, false);
    await settleVote(await services(), vote.id);
    expect((await look(ada, room)).vote).toMatchObject({ state: 'open' });
    await letTimePass(vote);
    expect(await runDurableObjectAlarm(clockOf(vote))).toBe(true);
    expect(await sessionOf(room)).toMatchObject({ endReason: 'room_dissolved' });
  });

  it('is settled by the cron when its timer was lost', async () => {
    const room = await newRoom(2);
    const [ada] = players(room);
    const vote = await startVote(ada, room);
    await letTimePass(vote);
    await settleDueVotes(await services());
    expect(await sessionOf(room)).toMatchObject({ endReason: 'room_dissolved' });
  });

  it('is told to everybody in the room, with how it stands', async () => {
    const room = await newRoom(3, 2);
    const [ada] = players(room);
    const watcher = await newPlayer();
    await enter(watcher, room, 'spectator');
    const vote = await startVote(ada, room);
    const recorded = await recordingServices();
    await answerVote(recorded, room.id, vote.id, room.host.user.id, false);
    for (const { user } of [room.host, ada, watcher]) {
      expect(toldTo(recorded.told, user.id, 'room_vote')).toMatchObject([
        { sessionId: room.id, vote: { id: vote.id, state: 'rejected', seated: 2 } },
      ]);
    }
  });

  it('lets a player change their mind while it is open', async () => {
    const room = await newRoom(4);
    const [ada, bob] = players(room);
    const vote = await startVote(ada, room);
    await answer(ada, room, vote, false);
    const { answers } = await answer(ada, room, vote, true);
    expect(answers).toEqual([{ userId: ada.user.id, yes: true }]);
    await answer(bob, room, vote, false);
    expect(await answer(ada, room, vote, false)).toMatchObject({ state: 'rejected' });
  });

  it('counts no answer that comes at the deadline or later, however many come at once', async () => {
    const room = await newRoom(4);
    const [ada, bob, cem] = players(room);
    const vote = await startVote(ada, room);
    await letTimePass(vote);
    const late = await Promise.all([bob, cem, room.host].map(by => refusalOf(answer(by, room, vote, false))));
    expect(new Set(late)).toEqual(new Set(['room_vote_over']));
    expect(await sessionOf(room)).toMatchObject({ endReason: 'room_dissolved' });
  });

  it('comes to one result when the deciding answers and the timer meet', async () => {
    const room = await newRoom(4);
    const [ada, bob, cem] = players(room);
    const vote = await startVote(ada, room);
    const all = await services();
    const [yes, ...others] = await Promise.all([
      refusalOf(answer(bob, room, vote, true)),
      refusalOf(answer(cem, room, vote, false)),
      refusalOf(answer(room.host, room, vote, false)),
      refusalOf(settleVote(all, vote.id)),
      refusalOf(settleVote(all, vote.id)),
    ]);
    // Half of the seats against it is enough to go on, whenever the yes comes: it may be too late.
    expect(['none', 'room_vote_over']).toContain(yes);
    expect(new Set(others)).toEqual(new Set(['none']));
    expect((await look(ada, room)).vote).toBeNull();
    expect((await sessionOf(room)).endReason).toBeNull();
  });

  it('is one at a time, also when four start at once, and one for a request repeated', async () => {
    const room = await newRoom(4);
    const everybody = [room.host, ...room.players];
    const key = crypto.randomUUID();
    const got = await Promise.all(everybody.map(by => refusalOf(startVote(by, room, key))));
    expect(got.filter(one => one === 'none')).toHaveLength(1);
    expect(got.filter(one => one === 'room_vote_running')).toHaveLength(3);
    const starter = everybody[got.indexOf('none')] as TestPlayer;
    const again = await startVote(starter, room, key);
    expect(again).toEqual((await look(starter, room)).vote);
  });

  it('is for those who have a seat', async () => {
    const room = await newRoom(4, 2);
    const [ada] = players(room);
    const [watcher, stranger] = [await newPlayer(), await newPlayer()];
    await enter(watcher, room, 'spectator');
    expect(await refusalOf(startVote(watcher, room))).toBe('forbidden');
    expect(await refusalOf(startVote(stranger, room))).toBe('session_not_found');
    const vote = await startVote(ada, room);
    expect(vote.seated).toBe(2);
    expect(await refusalOf(answer(watcher, room, vote, false))).toBe('forbidden');
    expect(await refusalOf(answer(stranger, room, vote, false))).toBe('session_not_found');
    // Who comes to a seat meanwhile votes too.
    await enter(stranger, room);
    expect(await answer(stranger, room, vote, false)).toMatchObject({ state: 'open', seated: 3 });
    expect(await answer(room.host, room, vote, false)).toMatchObject({ state: 'rejected' });
  });

  it('passes at once where nobody else has a seat, and lapses when the session ends meanwhile', async () => {
    const alone = await newRoom(2, 1);
    expect(await startVote(alone.host, alone)).toMatchObject({ state: 'enacted' });
    const room = await newRoom(2);
    const vote = await startVote(room.host, room);
    const { ticket } = room.admission;
    await deliver(room.node.id, [report(ticket, { type: 'session_ended', seq: 1, reason: 'game_exited' })]);
    await letTimePass(vote);
    await settleVote(await services(), vote.id);
    expect(await sessionOf(room)).toMatchObject({ endReason: 'game_exited' });
    expect(await refusalOf(startVote(room.host, room))).toBe('session_over');
  });
});
