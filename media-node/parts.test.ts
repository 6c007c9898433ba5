import { getPriority } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOSE } from '#shared/signal.ts';
import { runs } from './host/slot-user.ts';
import { Picture } from './test/picture.ts';
import { descendants } from './test/processes.ts';
import { arrive as arriveAt, phase, type SessionClaims, sessionOfEpoch, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import type { TestPlayer } from './test/test-player.ts';

/** Each part of a session that plays is killed (SIGKILL) and held (SIGSTOP), in a real node with the real probe. */

/**
 * How a death is noticed says how soon: the kernel tells of an end at once, and one that hangs is ended by its watchdog, whose second
 * is counted in its own test. Milliseconds are the benchmark's.
 */
const NOTICED = { SIGKILL: /\bended\b|died|closed/, SIGSTOP: /hangs/ } as const;

let edge: TestEdge;
let node: TestNode;
let epoch = 0;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge });
});

afterAll(async () => {
  await node?.close();
  await edge?.close();
});

interface Playing {
  session: SessionClaims;
  player: TestPlayer;
}

async function play(): Promise<Playing> {
  const session = sessionOfEpoch(++epoch);
  const player = await arriveAt(edge, session);
  await phase(player, 'playing');
  return { session, player };
}

function processesOf(program: string): number[] {
  return descendants(node.pid).flatMap(found => (found.program === program ? [found.pid] : []));
}

/** That the node has noticed since line `from` of its log in the way that fits. */
function expectNoticed(from: number, how: keyof typeof NOTICED): void {
  const lines = node.log.slice(from).map(line => JSON.stringify(line));
  expect(lines.some(line => NOTICED[how].test(line))).toBe(true);
  if (how === 'SIGKILL') expect(lines.filter(line => NOTICED.SIGSTOP.test(line))).toEqual([]);
}

const parts = {
  /** The session's room is on the players' worker; the spectators' is nicer. */
  worker: () => processesOf('mediasoup-worker').find(pid => getPriority(pid) === getPriority(node.pid)) ?? 0,
  encoder: () => processesOf('nearcade-media').at(-1) ?? 0,
};

describe.each([
  ['worker', 'SIGKILL'],
  ['worker', 'SIGSTOP'],
  ['encoder', 'SIGKILL'],
  ['encoder', 'SIGSTOP'],
] as const)('a %s that gets %s', (part, signal) => {
  it('is noticed by its end or its silence and replaced: the same session has its picture back', async () => {
    const { session, player } = await play();
    const before = await Picture.open(player);
    const pid = parts[part]();
    const from = node.log.length;
    const struck = performance.now();
    process.kill(pid, signal);
    expect(await player.waitForClose()).toMatchObject({ code: 1012, reason: 'reconnect' });
    const noticed = performance.now() - struck;
    const back = await arriveAt(edge, session);
    const after = await Picture.open(back);
    console.log(
      `${part} ${signal}: noticed in ${noticed.toFixed(0)} ms, picture back in ${(performance.now() - struck).toFixed(0)} ms`,
    );
    await phase(back, 'playing');
    expectNoticed(from, signal);
    expect(runs(pid)).toBe(false);
    expect(edge.eventsOf(session.sessionId).join()).not.toContain('session_ended');
    await Promise.all([before.close(), after.close()]);
    back.send({ type: 'quit' });
    await back.waitForClose();
  });
});

describe.each([
  ['display', 'Xvfb', 'SIGKILL', 'host_failed'],
  ['display', 'Xvfb', 'SIGSTOP', 'host_failed'],
  ['sound server', 'pulseaudio', 'SIGKILL', 'host_failed'],
  ['sound server', 'pulseaudio', 'SIGSTOP', 'host_failed'],
  ['game', 'probe', 'SIGKILL', 'game_crashed'],
] as const)('a %s (%s) that gets %s', (_part, program, signal, reason) => {
  it(`is noticed by its end or its silence: the session ends, player and edge are told ${reason}, the slot is warm again`, async () => {
    const { session, player } = await play();
    const from = node.log.length;
    const struck = performance.now();
    for (const pid of processesOf(program)) process.kill(pid, signal);
    expect(await player.waitForClose()).toEqual({ code: CLOSE.ended, reason });
    console.log(`${program} ${signal}: noticed in ${(performance.now() - struck).toFixed(0)} ms`);
    expectNoticed(from, signal);
    await until(() => edge.eventsOf(session.sessionId).includes(`session_ended ${reason}`));
    const next = await play();
    next.player.send({ type: 'quit' });
    await next.player.waitForClose();
  });
});

describe('an encoder that dies again and again', () => {
  it('is given up after three times in a minute: the session ends with a reason', async () => {
    const { session, player } = await play();
    let last = player;
    for (let death = 0; death < 3; death++) {
      process.kill(parts.encoder(), 'SIGKILL');
      expect(await last.waitForClose()).toMatchObject({ code: 1012 });
      last = await arriveAt(edge, session);
      await phase(last, 'playing');
    }
    process.kill(parts.encoder(), 'SIGKILL');
    expect(await last.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'host_failed' });
  });
});
