import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KeysChannel } from '#media-node/test/keys-channel.ts';
import { Picture } from '#media-node/test/picture.ts';
import { arrive, phase, sessionOfEpoch, until } from '#media-node/test/stage.ts';
import { TestEdge } from '#media-node/test/test-edge.ts';
import { TestNode } from '#media-node/test/test-node.ts';
import { EVDEV_OF_CODE } from '#shared/keys.ts';
import { judge, type Series, type Verdict } from './growth.ts';
import { usageOf } from './usage.ts';

/** A game that looks once a frame sees a press this long; and until the picture is still again. */
const HOLD_MS = 40;
const REST_MS = 60;

/** The probe shows the press of its first seat at once. */
const PRESS = EVDEV_OF_CODE.Space ?? 0;

/**
 * V8 takes what memory there is before it collects: with little room it shows within a minute whether what is left behind grows.
 */
const SMALL_HEAP = ['--max-semi-space-size=1', '--max-old-space-size=128'];

/** A page that reloads: more people come and go than sessions. */
const RETURNS = 1;

/** Megabytes, handles, processes and milliseconds that are breathing, whatever the length of the run. */
const ALLOWED = {
  nodeMb: 12,
  workersMb: 6,
  nodeHandles: 6,
  workerHandles: 4,
  processes: 1,
  leftovers: 2,
  pressMs: 8,
} as const;

export interface SoakOptions {
  minutes: number;
  /** So many sessions however long that takes. */
  atLeast?: number;
  /** Presses in each session. */
  presses: number;
  /** Told after each session. */
  onSession?: (sessions: number, line: string) => void;
}

export interface SoakResult {
  sessions: number;
  presses: number;
  verdicts: Verdict[];
}

/**
 * A real node, on which one session after the other is started, played, left, come back to and ended, with picture and presses over
 * WebRTC. Looks at what it holds each time the slot is free again, and at how long a press takes to show in the stream.
 */
export async function soak({ minutes, atLeast = 0, presses, onSession }: SoakOptions): Promise<SoakResult> {
  const edge = await TestEdge.open();
  const node = await TestNode.open({ edge, nodeOptions: SMALL_HEAP });
  const series = new Map<keyof typeof ALLOWED, number[]>();
  const note = (name: keyof typeof ALLOWED, value: number) => {
    series.set(name, [...(series.get(name) ?? []), value]);
  };
  let sessions = 0;
  try {
    const end = performance.now() + minutes * 60_000;
    while (performance.now() < end || sessions < atLeast) {
      note('pressMs', await playOnce(edge, ++sessions, presses));
      await freeAgain(node, sessions);
      const usage = usageOf(node.pid, [join(node.dir, 'data/homes'), join(node.dir, 'data/prestart')]);
      for (const [name, value] of Object.entries(usage)) note(name as keyof typeof usage, value);
      onSession?.(sessions, JSON.stringify(usage));
    }
  } finally {
    await node.close();
    await edge.close();
  }
  const verdicts = [...series].map(([name, values]): Verdict => {
    const unit = name.endsWith('Mb') ? 'MB' : name.endsWith('Ms') ? 'ms' : 'number';
    const one: Series = { name, unit, allowance: ALLOWED[name], values };
    return judge(one);
  });
  return { sessions, presses: sessions * presses * (1 + RETURNS), verdicts };
}

/** One session with one return; the median time from a press to the next packet of the still picture, in milliseconds. */
async function playOnce(edge: TestEdge, epoch: number, presses: number): Promise<number> {
  const session = sessionOfEpoch(epoch);
  const times: number[] = [];
  for (let visit = 0; visit <= RETURNS; visit++) {
    const player = await arrive(edge, session);
    await phase(player, 'playing');
    const [picture, keys] = await Promise.all([Picture.open(player), KeysChannel.open(player)]);
    for (let press = 0; press < presses; press++) times.push(await pressOnce(picture, keys));
    if (visit < RETURNS) player.vanish();
    else player.send({ type: 'quit' });
    await player.waitForClose();
    await Promise.all([picture.close(), keys.close()]);
  }
  await until(() => edge.eventsOf(session.sessionId).includes('session_ended player_quit'));
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

async function pressOnce(picture: Picture, keys: KeysChannel): Promise<number> {
  await sleep(REST_MS);
  const at = performance.now();
  const shown = picture.more();
  keys.send({ kind: 'key', code: PRESS, down: true });
  await shown;
  const took = performance.now() - at;
  await sleep(HOLD_MS);
  keys.send({ kind: 'key', code: PRESS, down: false });
  return took;
}

async function freeAgain(node: TestNode, sessions: number): Promise<void> {
  await until(() => node.log.filter(({ msg }) => msg === 'slot is warm again').length >= sessions);
}
