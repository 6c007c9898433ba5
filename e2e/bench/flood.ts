import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type XConnection } from '#media-node/host/x-connection.ts';
import { openDisplay } from '#media-node/test/held-keys.ts';
import { InputPeer } from '#media-node/test/input-peer.ts';
import { arrive, GAMES, phase, type SessionClaims, sessionOfEpoch } from '#media-node/test/stage.ts';
import { TestEdge } from '#media-node/test/test-edge.ts';
import { TestNode } from '#media-node/test/test-node.ts';
import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import { SIGNAL_PING_S } from '#shared/limits.ts';

/** Rounds of quiet and of flood, one after the other, so that both see the same machine. */
const ROUNDS = 8;
const PRESSES = 25;
const GAP_MS = 60;

const HOSTS_KEY = EVDEV_OF_CODE.KeyW ?? 0;
const KEYCODE = HOSTS_KEY + X11_KEYCODE_OFFSET;

interface Stage {
  edge: TestEdge;
  session: SessionClaims;
  player: InputPeer;
  display: XConnection;
}

/** From a host's press, in this process, to the game's display, while a guest of the same session floods and while nobody does. */
async function main(): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const edge = await TestEdge.open();
  cleanUp.defer(() => edge.close());
  const node = await TestNode.open({ edge, overrides: { gamesDir: GAMES } });
  cleanUp.defer(() => node.close());
  const session = sessionOfEpoch(1);
  const host = await arrive(edge, session);
  const { sendTransport } = await host.welcome();
  if (sendTransport === null) throw new Error('no seat');
  const player = await InputPeer.open(host, sendTransport);
  cleanUp.defer(() => player.close());
  await phase(host, 'playing');
  const pings = setInterval(() => host.send({ type: 'ping', sentAt: 0 }), SIGNAL_PING_S * 1000);
  cleanUp.defer(() => clearInterval(pings));
  const display = await openDisplay(node.pid);
  cleanUp.defer(() => display.close());
  const stage = { edge, session, player, display };

  await presses(stage, PRESSES); // what is slow the first time
  const quiet: number[] = [];
  const flooded: number[] = [];
  let sent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    quiet.push(...(await presses(stage, PRESSES)));
    const flood = await underFlood(stage);
    flooded.push(...flood.times);
    sent += flood.sent;
  }
  const result = { quiet: summary(quiet), flooded: summary(flooded), sent };
  const ratio = (of: 'p50' | 'p90') => Math.round((100 * result.flooded[of]) / result.quiet[of]) / 100;
  console.log(JSON.stringify({ bench: 'flood', ...result, ratio: { p50: ratio('p50'), p90: ratio('p90') } }));
}

async function underFlood(stage: Stage): Promise<{ times: number[]; sent: number }> {
  const { edge, session } = stage;
  const guest = { ...session, sub: randomUUID(), seat: 2, displayName: 'Flood', host: false };
  const ticket = await edge.ticket(guest);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'flood-guest.ts'), edge.signalUrl, ticket],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  let said: { sent: number; reason: string } | undefined;
  lines.once('line', line => {
    said = JSON.parse(line);
  });
  const exited = once(child, 'exit');
  const times: number[] = [];
  while (said === undefined && child.exitCode === null) times.push(...(await presses(stage, 1)));
  await exited;
  if (said?.reason !== 'input_flood') throw new Error(`the guest was let go: ${said?.reason}`);
  return { times, sent: said.sent };
}

/** Milliseconds from each press to when the display has it. */
async function presses({ player, display }: Stage, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let press = 0; press < count; press++) {
    const begun = performance.now();
    player.send({ kind: 'key', code: HOSTS_KEY, down: true });
    while (!(await isDown(display)))
      if (performance.now() > begun + 5_000) throw new Error('a press was lost');
    times.push(performance.now() - begun);
    player.send({ kind: 'key', code: HOSTS_KEY, down: false });
    while (await isDown(display)) if (performance.now() > begun + 10_000) throw new Error('it stays down');
    await sleep(GAP_MS);
  }
  return times;
}

async function isDown({ client }: XConnection): Promise<boolean> {
  const keys = await ask<Buffer>(reply => client.QueryKeymap(reply));
  return (((keys[KEYCODE >> 3] ?? 0) >> (KEYCODE & 7)) & 1) === 1;
}

function summary(times: number[]): { n: number; p50: number; p90: number; max: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => Math.round(100 * (sorted[Math.floor(part * (sorted.length - 1))] ?? 0)) / 100;
  return { n: sorted.length, p50: at(0.5), p90: at(0.9), max: at(1) };
}

await main();
process.exit();
