import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLOSE } from '#shared/signal.ts';
import { arrive, phase, type SessionClaims, sessionOfEpoch, slug, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import type { TestPlayer } from './test/test-player.ts';

/** What becomes of saves that a node has made and not put up yet when it dies. */

const QUICK = { quietSeconds: 0.3, intervalSeconds: 0.5, restlessSeconds: 5 };

let edge: TestEdge;
let node: TestNode;
let session: SessionClaims;
let host: TestPlayer;

beforeEach(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge, overrides: { saves: QUICK } });
  session = sessionOfEpoch(1);
  host = await arrive(edge, session);
  await phase(host, 'playing');
});

afterEach(async () => {
  await node?.close();
  await edge?.close();
});

const good = () => edge.saves.good(session.sub, slug);

const pending = () => readdirSync(join(node.dir, 'data/saves/pending')).filter(name => !name.includes('.'));

/** Has the game save something that no pack makes small, and waits until it lies on the disk to be put up. */
async function snapshot(bytes: number): Promise<void> {
  const before = pending();
  const home = join(node.dir, 'data/homes', session.sessionId, 'saves');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'presses'), randomBytes(bytes));
  await until(() => pending().some(name => !before.includes(name) && isNoted(name)));
}

const isNoted = (name: string) => existsSync(join(node.dir, 'data/saves/pending', `${name}.json`));

async function killAndStart(): Promise<void> {
  node.signal('SIGKILL');
  node = await node.again();
}

describe('a save that is not up when its node dies', () => {
  it('is put up by the next start, from the disk, once the store is there: in place of the good one, when it is whole', async () => {
    await snapshot(1000);
    await until(() => good() !== undefined && pending().length === 0);
    const first = good();
    edge.saves.store.cutAfter = 10_000; // an upload breaks off half-way
    await snapshot(200_000);
    await until(() => edge.saves.store.cuts > 0);
    await killAndStart();
    await until(() => edge.saves.store.cuts > 1);
    expect(good()).toEqual(first);
    // The edge is away as well for a while.
    edge.down = true;
    edge.saves.store.cutAfter = null;
    await until(() => edge.refusedWhileDown > 2);
    expect(good()).toEqual(first);
    edge.down = false;
    await until(() => good()?.id !== first?.id && pending().length === 0);
    expect((await edge.saves.bytesOf(session.sub, slug))?.length).toBeGreaterThan(200_000);
    // Nothing is left to be put up again.
    const calls = edge.saves.calls.length;
    await killAndStart();
    const next = await arrive(edge, { ...sessionOfEpoch(2), sub: session.sub });
    await phase(next, 'playing');
    expect(edge.saves.calls.slice(calls)).toEqual(['newest']);
    next.send({ type: 'quit' });
    expect(await next.waitForClose()).toMatchObject({ code: CLOSE.ended });
  });

  it('is what its session goes on with when that comes back to this node', async () => {
    edge.saves.store.cutAfter = 0;
    await snapshot(50_000);
    node.signal('SIGKILL');
    edge.saves.store.cutAfter = null;
    node = await node.again();
    host = await arrive(edge, { ...session, epoch: 2 });
    await phase(host, 'playing');
    const saved = join(node.dir, 'data/homes', session.sessionId, 'saves/presses');
    expect(statSync(saved).size).toBe(50_000);
  });

  it('is given up when the disk has lost a part of it, or the edge wants it no more', async () => {
    edge.saves.store.cutAfter = 0;
    await snapshot(50_000);
    node.signal('SIGKILL');
    const [name = ''] = pending();
    truncateSync(join(node.dir, 'data/saves/pending', name), 100);
    edge.saves.store.cutAfter = null;
    const calls = edge.saves.calls.length;
    node = await node.again();
    expect(pending()).toEqual([]);
    session = sessionOfEpoch(2);
    host = await arrive(edge, session);
    await phase(host, 'playing');
    expect(edge.saves.calls.slice(calls)).toEqual(['newest']);
    edge.saves.store.cutAfter = 0;
    await snapshot(50_000);
    edge.saves.refuse = { call: 'begin', code: 'session_not_held' };
    await killAndStart();
    await until(() => pending().length === 0);
    expect(good()).toBeUndefined();
  });
});
