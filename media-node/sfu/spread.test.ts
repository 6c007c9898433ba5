import { getPriority } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { until } from '../test/stage.ts';
import { Room } from './room.ts';
import type { Viewer } from './viewer.ts';
import { Workers } from './workers.ts';

/** Real mediasoup workers, without a game: two for players, two for spectators. */

const RTC = { listenIp: '127.0.0.1', minPort: 40000, maxPort: 49999 };

let workers: Workers;
let room: Room;
/** Workers that a test ended. Any other death fails it: their log is silent. */
let killed: number;

beforeEach(async () => {
  killed = 0;
  workers = await Workers.open({ count: 4, log: createLog('silent', {}) });
  room = await Room.open({ workers, rtc: RTC, codec: 'h264' });
});

afterEach(() => {
  expect(workers.restarts).toBe(killed);
  room.close();
  workers.close();
});

function join(role: 'player' | 'spectator'): Promise<Viewer> {
  return room.addViewer({ role, onInput: () => undefined });
}

function joinMany(count: number): Promise<Viewer[]> {
  return Promise.all(Array.from({ length: count }, () => join('spectator')));
}

async function routersOf(use: 'players' | 'spectators'): Promise<number[]> {
  const dumps = await Promise.all(workers.byLoad(use).map(worker => worker.dump()));
  return dumps.map(({ routerIds }) => routerIds.length).sort();
}

describe("a session's spread over workers", () => {
  it("keeps spectators off the players' workers, which the kernel puts first", async () => {
    await join('player');
    const [spectator] = await joinMany(1);
    await spectator?.consume(room.rtpCapabilities);
    expect(await routersOf('players')).toEqual([0, 1]);
    expect(await routersOf('spectators')).toEqual([0, 1]);
    for (const { pid } of workers.byLoad('players')) expect(getPriority(pid)).toBe(getPriority());
    for (const { pid } of workers.byLoad('spectators'))
      expect(getPriority(pid)).toBeGreaterThan(getPriority());
  });

  it('takes another worker when one has its share of spectators, and lets each go with its last', async () => {
    const viewers = await joinMany(30);
    const consumed = await Promise.all(viewers.map(viewer => viewer.consume(room.rtpCapabilities)));
    expect(consumed.every(consumers => consumers.length === 2)).toBe(true);
    expect(await routersOf('spectators')).toEqual([1, 1]);
    for (const viewer of viewers) viewer.close();
    await until(async () => (await routersOf('spectators')).every(count => count === 0));
    await joinMany(1);
    expect(await routersOf('spectators')).toEqual([0, 1]);
  });

  it("gives a session's spectators to the worker with the least to do", async () => {
    const [first] = await joinMany(1);
    await first?.consume(room.rtpCapabilities);
    const [idle] = workers.byLoad('spectators');
    const other = await Room.open({ workers, rtc: RTC, codec: 'vp8' });
    await other.addViewer({ role: 'spectator', onInput: () => undefined });
    expect((await idle?.dump())?.routerIds).toHaveLength(1);
    other.close();
    await until(async () => (await idle?.dump())?.routerIds.length === 0);
  });

  it("tells a dead spectators' worker's viewers alone, and serves the next ones from another", async () => {
    const lost: string[] = [];
    const player = await join('player');
    await player.consume(room.rtpCapabilities);
    player.onLost(() => lost.push('player'));
    const [spectator] = await joinMany(1);
    spectator?.onLost(() => lost.push('spectator'));
    room.onFailed(() => lost.push('session'));
    const worker = workers.byLoad('spectators').at(-1);
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    killed = 1;
    await until(() => lost.length > 0);
    const [next] = await joinMany(1);
    expect(await next?.consume(room.rtpCapabilities)).toHaveLength(2);
    expect(lost).toEqual(['spectator']);
  });

  it('follows the source when its streams begin anew', async () => {
    const [spectator] = await joinMany(1);
    const [before] = (await spectator?.consume(room.rtpCapabilities)) ?? [];
    await room.renewIngest();
    const [after] = (await spectator?.consume(room.rtpCapabilities)) ?? [];
    expect(after).toBeDefined();
    expect(after?.producerId).not.toBe(before?.producerId);
  });

  it('leaves nothing behind on any worker when the session is over', async () => {
    await joinMany(3);
    room.close();
    await until(async () =>
      (await routersOf('players')).concat(await routersOf('spectators')).every(n => n === 0),
    );
  });
});
