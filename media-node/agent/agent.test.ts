import { describe, expect, it } from 'vitest';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { parseManifest } from '#shared/manifest.ts';
import type { ServerMessage } from '#shared/signal.ts';
import type { GameExit, GameProcess } from '../host/types.ts';
import { createLog } from '../log.ts';
import { runAgent } from './agent.ts';
import type { AgentContext } from './context.ts';
import { Mailbox } from './mailbox.ts';
import type { AgentMessage } from './messages.ts';
import type { Participant } from './participant.ts';
import { Session } from './session.ts';

const manifest = parseManifest({
  slug: 'test',
  title: 'Test',
  summary: 'A game',
  description: 'A game',
  version: '1',
  developer: 'us',
  licence: 'MIT',
  art: { cover: 'cover.svg', accent: '#000000' },
  command: ['/usr/bin/true'],
  install: {},
  seats: 2,
  input: {
    pointer: 'none',
    seats: [
      { keys: 'all', pointer: false, hint: 'keys' },
      { keys: 'all', pointer: false, hint: 'keys' },
    ],
  },
  picture: { width: 640, height: 360, fps: 60, minBitrateKbps: 500, maxBitrateKbps: 4000 },
  reconnectWindowSeconds: 90,
  ready: 'window',
  needs: { memoryMb: 100, cpu: 1 },
});

/** One agent with a slot and a clock that do what the test says. */
function setUp(start: 'starts' | 'fails' | 'never' = 'starts', saves = false) {
  const events: NodeEvent[] = [];
  const said: ServerMessage[] = [];
  const states: string[] = [];
  const calls: string[] = [];
  const exit = Promise.withResolvers<GameExit>();
  const timers = new Map<number, () => void>();
  const world = { now: 0, edgeIsAway: false };
  const clock = {
    now: () => world.now,
    after: (ms: number, action: () => void) => {
      timers.set(ms, action);
      return () => timers.delete(ms);
    },
  };
  const game: GameProcess = {
    pid: 1,
    exited: exit.promise,
    firstWindow: Promise.resolve(),
    lastOutput: '',
    onMatch: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    close: async () => {
      calls.push('game closed');
    },
  };
  const note = (call: string) => () => void calls.push(call);
  const agent: AgentContext = {
    mailbox: new Mailbox(),
    slot: {
      start: () => {
        if (start === 'never') return new Promise(() => undefined);
        return start === 'starts' ? Promise.resolve(game) : Promise.reject(new NearcadeError('game_failed'));
      },
      requestKeyFrame: note('key frame'),
      pauseStream: note('paused'),
      resumeStream: note('resumed'),
      stopStream: note('stopped'),
      snapshot: note('snapshot'),
      hasSaves: saves,
      finishSaves: async isLost => {
        calls.push(isLost ? 'saves dropped' : 'saves finished');
      },
    },
    clock,
    edgeWasAway: () => world.edgeIsAway,
    log: createLog('silent', {}),
    session: undefined,
    game: undefined,
    launching: undefined,
    endReason: undefined,
    drainDeadline: undefined,
  };
  const session = new Session({
    id: '00000000-0000-4000-8000-000000000001',
    epoch: 1,
    game: { manifest, gameDir: '/g', buildDir: '/b' },
    hostUserId: '00000000-0000-4000-8000-000000000002',
    reconnectWindowSeconds: manifest.reconnectWindowSeconds,
    onEvent: event => events.push(event),
    clock,
  });
  const player: Participant = {
    userId: session.hostUserId,
    role: 'player',
    seat: 1,
    host: true,
    seating: 0,
    displayName: 'Ada',
    send: message => said.push(message),
    close: () => undefined,
  };
  const waiters: Array<[string, () => void]> = [];
  const done = runAgent(agent, state => {
    states.push(state);
    for (const [wanted, resolve] of waiters) if (wanted === state) resolve();
  });
  return {
    agent,
    world,
    session,
    player,
    events: () => events.map(event => (event.type === 'session_ended' ? event.reason : event.type)),
    said,
    states,
    calls,
    timers,
    exit: (result: GameExit) => exit.resolve(result),
    done,
    post: (...messages: AgentMessage[]) => {
      for (const message of messages) agent.mailbox.post(message);
    },
    reached: (state: string) =>
      new Promise<void>(resolve => {
        if (states.at(-1) === state) resolve();
        else waiters.push([state, resolve]);
      }),
    async playing() {
      session.join(player);
      agent.mailbox.post({ type: 'session_assigned', session });
      await this.reached('PlayingGame');
    },
    leave() {
      session.leave(player);
      agent.mailbox.post({ type: 'player_disconnected', seat: 1 });
    },
  };
}

describe('session agent', () => {
  it('plays a session from its assignment to the game’s own end', async () => {
    const test = setUp();
    await test.playing();
    test.exit({ code: 0, signal: null });
    await test.done;
    expect(test.states).toEqual(['WaitingForSession', 'StartingGame', 'PlayingGame', 'Shutdown']);
    expect(test.events()).toEqual(['viewer_joined', 'session_starting', 'session_playing', 'game_exited']);
    expect(test.said.at(-1)).toEqual({ type: 'ended', reason: 'game_exited' });
    expect(test.calls).toContain('stopped');
  });

  it.each<[GameExit, string]>([
    [{ code: 1, signal: null }, 'game_crashed'],
    [{ code: null, signal: 'SIGSEGV' }, 'game_crashed'],
    [{ code: null, signal: 'SIGKILL', overLimit: 'disk' }, 'game_over_limits'],
  ])('calls %o a crash', async (exit, reason) => {
    const test = setUp();
    await test.playing();
    test.exit(exit);
    await test.done;
    expect(test.events().at(-1)).toBe(reason);
  });

  it('says that a game did not start', async () => {
    const test = setUp('fails');
    test.post({ type: 'session_assigned', session: test.session });
    await test.done;
    expect(test.events().at(-1)).toBe('game_failed_to_start');
  });

  it('keeps the game for the window of the manifest, pausing a stream that no one watches', async () => {
    const test = setUp();
    await test.playing();
    test.leave();
    await test.reached('WaitingForReconnect');
    expect(test.calls).toContain('paused');
    expect([...test.timers.keys()]).toEqual([90_000]);
    test.session.join(test.player);
    test.post({ type: 'player_connected', seat: 1 });
    await test.reached('PlayingGame');
    expect(test.timers.size).toBe(0);
    test.leave();
    await test.reached('WaitingForReconnect');
    test.timers.get(90_000)?.();
    await test.done;
    expect(test.events().at(-1)).toBe('reconnect_window_expired');
    expect(test.calls.slice(-2)).toEqual(['game closed', 'saves finished']);
  });

  it('waits on while the edge is away, whose tickets players come back by, and not for ever', async () => {
    const test = setUp();
    await test.playing();
    test.leave();
    await test.reached('WaitingForReconnect');
    const windowUp = async () => {
      const timer = test.timers.get(90_000);
      test.timers.delete(90_000);
      timer?.();
      await new Promise(setImmediate);
    };
    test.world.edgeIsAway = true;
    for (test.world.now = 90_000; test.world.now <= 600_000; test.world.now += 90_000) {
      await windowUp();
      expect(test.states.at(-1)).toBe('WaitingForReconnect');
    }
    test.session.join(test.player);
    test.post({ type: 'player_connected', seat: 1 });
    await test.reached('PlayingGame');
    test.leave();
    await test.reached('WaitingForReconnect');
    await windowUp();
    expect(test.states.at(-1)).toBe('WaitingForReconnect');
    test.world.now += 3_600_000;
    await windowUp();
    await test.done;
    expect(test.events().at(-1)).toBe('reconnect_window_expired');
  });

  it('goes on at once to wait when every player left while the game started', async () => {
    const test = setUp();
    test.post({ type: 'session_assigned', session: test.session });
    await test.reached('WaitingForReconnect');
    test.post({ type: 'stop', reason: 'node_lost' });
    await test.done;
    expect(test.states).toContain('PlayingGame');
    expect(test.events().at(-1)).toBe('node_lost');
  });

  it('ends for all when the host quits, not when another player does', async () => {
    const test = setUp();
    await test.playing();
    test.post({ type: 'quit', host: false }, { type: 'key_frame_asked' }, { type: 'quit', host: true });
    await test.done;
    expect(test.calls).toContain('key frame');
    expect(test.events().at(-1)).toBe('player_quit');
  });

  it('drains: players go on, an empty session ends', async () => {
    const test = setUp();
    await test.playing();
    test.post({ type: 'drain', deadline: 99 }, { type: 'key_frame_asked' });
    await new Promise(resolve => setImmediate(resolve));
    expect(test.states.at(-1)).toBe('PlayingGame');
    expect(test.said).toContainEqual({ type: 'draining', deadline: 99 });
    test.leave();
    await test.done;
    expect(test.events().at(-1)).toBe('node_draining');
  });

  it('ends with the host’s failure when a part of the machinery is lost', async () => {
    const test = setUp();
    await test.playing();
    test.post({ type: 'part_failed', part: 'display', detail: 'Xvfb ended' });
    await test.done;
    expect(test.events().at(-1)).toBe('host_failed');
  });

  it('tells of the end when what the game has left is saved, unless the session is another node’s by now', async () => {
    const kept = setUp('starts', true);
    await kept.playing();
    kept.post({ type: 'quit', host: true });
    await kept.done;
    expect(kept.said.map(({ type }) => type).slice(-2)).toEqual(['saving', 'ended']);
    expect(kept.calls.slice(-3)).toEqual(['stopped', 'game closed', 'saves finished']);
    const lost = setUp('starts', true);
    await lost.playing();
    lost.post({ type: 'stop', reason: 'node_lost' });
    await lost.done;
    expect(lost.said.map(({ type }) => type)).not.toContain('saving');
    expect(lost.calls.at(-1)).toBe('saves dropped');
  });

  it('saves what has changed when a player leaves and when the node is to drain', async () => {
    const test = setUp('starts', true);
    await test.playing();
    test.post({ type: 'drain', deadline: 99 }, { type: 'drain', deadline: undefined });
    test.leave();
    await test.reached('WaitingForReconnect');
    expect(test.calls.filter(call => call === 'snapshot')).toHaveLength(2);
    test.post({ type: 'stop', reason: 'node_lost' });
    await test.done;
  });

  it('a free slot that is to drain just ends', async () => {
    const test = setUp();
    test.post({ type: 'drain', deadline: 99 });
    await test.done;
    expect(test.states).toEqual(['WaitingForSession', 'Shutdown']);
    expect(test.events()).toEqual([]);
  });
});

describe('mailbox', () => {
  it('keeps order, coalesces what only counts once, and is bounded', async () => {
    const mailbox = new Mailbox();
    for (let i = 0; i < 1000; i++) mailbox.post({ type: 'key_frame_asked' });
    mailbox.post({ type: 'quit', host: false });
    expect(await mailbox.next()).toEqual({ type: 'key_frame_asked' });
    expect(await mailbox.next()).toEqual({ type: 'quit', host: false });
    const taken = Array.from({ length: 1000 }, () => mailbox.post({ type: 'quit', host: false }));
    expect(taken.filter(Boolean)).toHaveLength(256);
  });
});
