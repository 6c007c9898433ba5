import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { until } from './host/testing.ts';
import { processState, Watchdog } from './watchdog.ts';

/** Real processes, and a clock that the test turns: what is counted in seconds is no matter of this machine's speed. */

const SECOND_MS = 1000;
/** Far beyond the periods that a busy process gets. */
const MINUTE_MS = 60 * SECOND_MS;

const CLOCK = ['setInterval', 'clearInterval', 'performance'] as const;

let child: ChildProcess;
let hung: string[];

beforeEach(async () => {
  hung = [];
  child = spawn('/bin/sh', ['-c', 'echo up; read line; while :; do :; done'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  await until(() => processState(child.pid ?? 0) === 'S', 'it waits');
  vi.useFakeTimers({ toFake: [...CLOCK] });
});
afterEach(() => {
  vi.useRealTimers();
  child.kill('SIGKILL');
});

function watch(
  ask: () => Promise<unknown>,
  changes: { silentPeriods?: number; busyPeriods?: number; excuse?: () => boolean } = {},
) {
  return new Watchdog({ pid: child.pid ?? 0, ask, onHung: detail => hung.push(detail), ...changes });
}

const never = () => new Promise(() => undefined);

it('notices within a second that a process does not answer: one that is stopped, and one that sleeps over the question', async () => {
  watch(never);
  await vi.advanceTimersByTimeAsync(SECOND_MS);
  expect(hung).toEqual([expect.stringContaining('state S')]);
  child.kill('SIGSTOP');
  vi.useRealTimers();
  await until(() => processState(child.pid ?? 0) === 'T', 'it is stopped');
  vi.useFakeTimers({ toFake: [...CLOCK] });
  // However patient one is with it otherwise.
  watch(never, { silentPeriods: 100 });
  await vi.advanceTimersByTimeAsync(SECOND_MS);
  expect(hung.at(1)).toContain('state T');
});

it('takes no slow one for a hanging one: who is at work gets longer, who answers is asked on', async () => {
  child.stdin?.write('go\n');
  vi.useRealTimers();
  await until(() => processState(child.pid ?? 0) === 'R', 'it works');
  vi.useFakeTimers({ toFake: [...CLOCK] });
  watch(never);
  // Who lets others go before gets longer still.
  watch(never, { busyPeriods: 1000 });
  await vi.advanceTimersByTimeAsync(SECOND_MS);
  expect(hung).toEqual([]);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(hung).toHaveLength(1);
  const answering = watch(() => Promise.resolve());
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(answering.answers).toBe(true);
  expect(hung).toHaveLength(1);
});

it('counts no period in which this program itself had to wait', async () => {
  watch(never);
  // The clock goes on while no timer does.
  for (let second = 0; second < 60; second++) {
    vi.spyOn(performance, 'now').mockReturnValue(second * SECOND_MS + SECOND_MS);
    await vi.advanceTimersToNextTimerAsync();
  }
  vi.restoreAllMocks();
  expect(hung).toEqual([]);
});

it('blames nobody whose silence is another’s fault, nor after it was closed', async () => {
  watch(never, { excuse: () => true });
  const closed = watch(never);
  closed.close();
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(hung).toEqual([]);
});
