import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLOSE } from '#shared/signal.ts';
import { CalmMachine } from './test/calm-machine.ts';
import { arrive, phase, sessionOfEpoch, slug, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';

let edge: TestEdge;
let node: TestNode;
let dir: string;
let machine: CalmMachine;
const hogs: ChildProcess[] = [];

beforeAll(async () => {
  edge = await TestEdge.open();
  dir = mkdtempSync(join(tmpdir(), 'nearcade-calm-'));
  machine = new CalmMachine(dir);
  node = await TestNode.open({
    edge,
    slots: 2,
    overrides: { cpuBudget: 'enforced' },
    around: argv => machine.around(argv),
  });
});

afterAll(async () => {
  for (const hog of hogs) hog.kill('SIGKILL');
  await node?.close();
  await edge?.close();
  machine.close();
  rmSync(dir, { recursive: true });
});

it('refuses new sessions while something else uses the processors, tells the edge so, and leaves the one that plays alone', async () => {
  const playing = sessionOfEpoch(1);
  const player = await arrive(edge, playing);
  await phase(player, 'playing');
  for (let core = 0; core < availableParallelism(); core++) {
    hogs.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  }
  machine.wake();
  await until(() => edge.heartbeats.at(-1)?.fullFor?.includes(slug) === true);
  expect(edge.heartbeats.at(-1)?.load.freeCores).toBeLessThan(1);

  const late = sessionOfEpoch(1);
  const refused = await arrive(edge, { ...late, slot: 1 });
  expect(await refused.waitForClose()).toEqual({ code: CLOSE.refused, reason: 'node_overloaded' });
  await until(() => edge.heartbeats.at(-1)?.turnedAway?.length === 1);
  expect(edge.heartbeats.at(-1)?.turnedAway).toEqual([{ sessionId: late.sessionId, epoch: late.epoch }]);
  expect(edge.eventsOf(late.sessionId)).toEqual([]);
  expect(player.closed).toBeUndefined();
  expect(edge.heartbeats.at(-1)?.sessions).toEqual([{ sessionId: playing.sessionId, epoch: 1 }]);
});
