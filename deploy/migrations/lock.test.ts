import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestPostgres, type TestPostgres } from '#deploy/testing/postgres.ts';
import { takeDeployLock } from './lock.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.close());

describe("the deploy's lock", () => {
  it('lets deploys take turns', async () => {
    const url = await postgres.newDatabase();
    const first = await takeDeployLock({ url, holder: 'deploy 1 by ada@host' });
    const waited: string[] = [];
    const told = Promise.withResolvers<void>();
    const second = takeDeployLock({
      url,
      holder: 'deploy 2',
      onWait: holder => {
        waited.push(holder);
        told.resolve();
      },
    });
    await told.promise;
    expect(await Promise.race([second, delay(50, 'waits')])).toBe('waits');
    await first.close();
    await (await second).close();
    expect(waited).toEqual([expect.stringMatching(/^"deploy 1 by ada@host" \(pid \d+, since 20/)]);
  });

  it('that is stuck says who holds it, and what to do', async () => {
    const url = await postgres.newDatabase();
    const first = await takeDeployLock({ url, holder: 'deploy 1 by ada@host' });
    try {
      await expect(takeDeployLock({ url, holder: 'deploy 2', waitMs: 20 })).rejects.toMatchObject({
        code: 'deploy_locked',
        message: expect.stringMatching(/"deploy 1 by ada@host" \(pid \d+.*pg_terminate_backend/),
      });
    } finally {
      await first.close();
    }
  });
});
