import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SAVE_AFTER_END_S } from '#shared/api/saves.ts';
import type { ServerMessage } from '#shared/signal.ts';
import type { Clock } from '../clock.ts';
import { createLog } from '../log.ts';
import { until } from '../test/stage.ts';
import { TestSaves } from '../test/test-saves.ts';
import { ArchiveFolder } from './archive-folder.ts';
import { LateUploads } from './late-uploads.ts';
import { PendingArchives } from './pending-archives.ts';
import { SaveThread } from './save-thread.ts';
import { SavesApi } from './saves-api.ts';
import { SessionSaves } from './session-saves.ts';
import { TestHome } from './testing.ts';

/** A clock that runs so many times as fast: what waits for seconds is seen in milliseconds. */
const SPEED = 50;
const clock: Clock = {
  now: () => performance.now() * SPEED,
  after: (ms, action) => {
    const timer = setTimeout(action, ms / SPEED);
    return () => clearTimeout(timer);
  },
};

const NEVER = { quiet: 1e9, interval: 1e9, restless: 1e9 };
const GAME = 'probe';
const PLAYER = randomUUID();

let disk: TestHome;
let folder: ArchiveFolder;
let pending: PendingArchives;
let late: LateUploads;
let edge: TestSaves;
let api: SavesApi;
const thread = new SaveThread();

beforeEach(async () => {
  disk = new TestHome();
  folder = await ArchiveFolder.open(disk.above);
  edge = await TestSaves.open();
  api = new SavesApi({ edgeUrl: 'http://edge', token: () => 'token', fetch: route });
  const log = createLog('silent', {});
  pending = await PendingArchives.open(disk.above, log);
  late = new LateUploads({ archives: pending, api, clock, log });
  late.start();
});
afterEach(async () => {
  await late.close();
  await thread.close();
  await edge.close();
  disk.close();
});

/** The edge by a call, the store by the network. */
const route: typeof fetch = async (input, init) => {
  const url = new URL(String(input));
  if (url.host !== 'edge') return fetch(input, init);
  const body: unknown = init?.body === undefined ? undefined : JSON.parse(String(init.body));
  const [status, answer] = await edge.answer(init?.method ?? 'GET', url.pathname + url.search, body);
  return new Response(JSON.stringify(answer), { status });
};

async function begin(times = NEVER) {
  const sessionId = randomUUID();
  edge.note(sessionId, PLAYER, GAME);
  const said: ServerMessage[] = [];
  let isEnded = false;
  const saves = new SessionSaves({
    ...{ held: { sessionId, epoch: 1 }, paths: ['saves'], api, folder, pending, late, thread, times, clock },
    tell: message => said.push(message),
    onEnded: () => {
      isEnded = true;
    },
    log: createLog('silent', {}),
  });
  const home = await saves.prepareHome();
  const write = (text: string | Buffer, name = 'a') => disk.put(`saves/${name}`, text, home);
  return { saves, home, said, write, isEnded: () => isEnded };
}

/** The session is over, and its last save up: however long that takes. */
async function end(saves: SessionSaves): Promise<void> {
  await saves.finish();
  await saves.ended();
}

const good = () => edge.good(PLAYER, GAME);
const begun = () => edge.calls.filter(call => call === 'begin').length;

describe('a session’s saves', () => {
  it('are put up when the way to the store is back, however long that takes; the good one stays until then', async () => {
    const { saves, write } = await begin();
    write('one');
    const first = await saves.saveNow(undefined);
    edge.store.cutAfter = 0;
    write(randomBytes(50_000));
    saves.snapshot();
    await until(() => edge.store.cuts >= 6);
    expect(good()?.id).toBe(first.id);
    edge.store.cutAfter = null;
    await until(() => good()?.id !== first.id);
    await saves.finish();
  });

  it('of which a newer one is there already are not put up any more', async () => {
    const { saves, write } = await begin();
    edge.store.cutAfter = 0;
    write('older');
    saves.snapshot();
    await until(() => edge.store.cuts >= 1);
    write('the newest of all');
    saves.snapshot();
    await until(() => begun() >= 2);
    edge.store.cutAfter = null;
    await saves.finish();
    expect((await edge.bytesOf(PLAYER, GAME))?.length).toBe(good()?.size);
    expect(edge.calls.filter(call => call === 'complete')).toHaveLength(1);
  });

  it('that are not up when the session ends are put up after it, within the time that the edge gives', async () => {
    const { saves, write, home, isEnded } = await begin();
    write('the end');
    edge.store.cutAfter = 0;
    const start = clock.now();
    await saves.finish();
    expect(clock.now() - start).toBeLessThan(SAVE_AFTER_END_S * 1000);
    expect(isEnded()).toBe(false);
    edge.store.cutAfter = null;
    await saves.ended();
    expect(good()).toBeDefined();
    expect(isEnded()).toBe(true);
    expect(readdirSync(join(home, '..'))).toEqual([]);
  });

  it('that the session could not put up in its time wait on the disk and are put up later', async () => {
    const { saves, write, isEnded } = await begin();
    write('the end');
    edge.store.cutAfter = 0;
    await saves.finish();
    await until(isEnded);
    expect(good()).toBeUndefined();
    expect(readdirSync(join(disk.above, 'saves/work'))).toEqual([]);
    edge.store.cutAfter = null;
    await until(() => good() !== undefined && readdirSync(join(disk.above, 'saves/pending')).length === 0);
  });

  it('are given up when the edge takes no more of them, and leave nothing on the disk', async () => {
    const refused = await begin();
    edge.refuse = { call: 'begin', code: 'session_not_held' };
    refused.write('late');
    await refused.saves.finish();
    expect(refused.isEnded()).toBe(true);
    expect(readdirSync(join(disk.above, 'saves/pending'))).toEqual([]);
  });

  it('are not made of what is as it was restored, and told once when they can’t be made', async () => {
    const first = await begin();
    first.write('one');
    await end(first.saves);
    const second = await begin({ quiet: 0, interval: 0, restless: 1e9 });
    second.saves.snapshot();
    await second.saves.finish();
    expect(begun()).toBe(1);
    const third = await begin({ quiet: 0, interval: 0, restless: 1e9 });
    edge.refuse = { call: 'begin', code: 'saves_full' };
    third.write('two');
    await until(() => edge.calls.filter(call => call === 'begin').length > 4);
    expect(third.said).toEqual([expect.objectContaining({ type: 'saveFailed', code: 'saves_full' })]);
    edge.refuse = undefined;
    await until(() => third.said.at(-1)?.type === 'saved');
    await third.saves.finish();
  });

  it('of a game that never stops writing are taken all the same, in time', async () => {
    const { saves, write } = await begin({ quiet: 60_000, interval: 0, restless: 5000 });
    let count = 0;
    const writing = setInterval(() => write(`${count++}`), 5);
    try {
      await until(() => good() !== undefined);
    } finally {
      clearInterval(writing);
    }
    await saves.finish();
  });

  it('survive a disk that forgets: the cache is no place where anything is kept', async () => {
    const first = await begin();
    first.write('one');
    await end(first.saves);
    rmSync(join(disk.above, 'saves/cache'), { recursive: true });
    folder = await ArchiveFolder.open(disk.above);
    const second = await begin();
    expect(readdirSync(join(second.home, 'saves'))).toEqual(['a']);
    writeFileSync(join(disk.above, 'saves/cache', good()?.sha256 ?? ''), 'x');
    const third = await begin();
    expect(readdirSync(join(third.home, 'saves'))).toEqual(['a']);
    await Promise.all([second.saves.finish(), third.saves.finish()]);
  });
});
