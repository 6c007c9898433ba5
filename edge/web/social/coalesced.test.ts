import { describe, expect, it } from 'vitest';
import { Coalesced } from './coalesced.ts';

function manual() {
  const runs: Array<{ finish(): void; fail(): void }> = [];
  const work = new Coalesced(
    () =>
      new Promise((resolve, reject) => {
        runs.push({ finish: resolve, fail: () => reject(new Error('lost')) });
      }),
  );
  return { work, runs };
}

describe('coalesced work', () => {
  it('runs once more after the run that was under way, however often it was asked', async () => {
    const { work, runs } = manual();
    const first = work.run();
    const [second, third] = [work.run(), work.run()];
    expect(runs).toHaveLength(1);
    runs[0]?.finish();
    await first;
    await expect.poll(() => runs.length).toBe(2);
    runs[1]?.finish();
    await Promise.all([second, third]);
    expect(runs).toHaveLength(2);
  });

  it('goes on after a failure, which only its own callers learn of', async () => {
    const { work, runs } = manual();
    const first = work.run();
    const second = work.run();
    runs[0]?.fail();
    await expect(first).rejects.toThrow('lost');
    await expect.poll(() => runs.length).toBe(2);
    runs[1]?.finish();
    await second;
    const third = work.run();
    expect(runs).toHaveLength(3);
    runs[2]?.finish();
    await third;
  });
});
