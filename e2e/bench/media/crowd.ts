import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { loadSecrets } from '#local/services/secrets.ts';
import { SPECTATORS_NICENESS } from '#media-node/sfu/workers.ts';
import { callApi } from '#shared/api/client.ts';
import { playApi } from '#shared/api/play.ts';
import { makePlayers } from '../control/players.ts';
import { percentile, seededRandom } from '../stats.ts';
import { runPart, withSession } from './session.ts';
import { Crowd } from './spectators.ts';

const HOLD_MS = 60;
const PAUSE_MS = [120, 320] as const;
const SETTLE_MS = 5000;

const { values } = parseArgs({
  options: { spectators: { type: 'string', default: '200' }, presses: { type: 'string', default: '40' } },
});

/**
 * The player's press to pixel alone, and again with a crowd that watches: each spectator comes by the API with an account and a ticket of
 * their own, and receives and checks RTP on the same machine.
 */
await runPart(signal =>
  withSession('busy', signal, async ({ page, site, platform }) => {
    const random = seededRandom(1);
    const press = async () => {
      await page.evaluate(() => window.benchObserver.begin());
      for (let i = 0; i < Number(values.presses); i++) {
        signal.throwIfAborted();
        await page.keyboard.down(site.key);
        await sleep(HOLD_MS);
        await page.keyboard.up(site.key);
        await page.evaluate(() => window.benchObserver.settled(3000));
        await sleep(PAUSE_MS[0] + random() * (PAUSE_MS[1] - PAUSE_MS[0]));
      }
      const { presses } = await page.evaluate(() => window.benchObserver.observation());
      const times = presses.map(({ at, changedAt }) => (changedAt ?? Number.POSITIVE_INFINITY) - at);
      return { p50: percentile(times, 0.5), p90: percentile(times, 0.9) };
    };
    await sleep(SETTLE_MS);
    const alone = await press();

    const database = new pg.Client({ connectionString: platform.databaseUrl });
    await database.connect();
    const secrets = await loadSecrets(platform.paths.secrets);
    const accounts = await makePlayers(database, secrets.signingJwks, Number(values.spectators));
    const { rows } = await database.query<{ id: string }>(`select id from sessions where ended_at is null`);
    await database.end();
    const id = rows[0]?.id;
    if (id === undefined) throw new Error('There is no session.');
    const tokens = accounts.map(account => account.token);
    // On machines of their own the spectators would take no time from the node: they wait like the worker that serves them.
    setPriority(SPECTATORS_NICENESS);
    const crowd = await Crowd.open({
      count: tokens.length,
      ticket: async () => {
        const options = {
          fetch,
          origin: platform.baseUrl,
          token: tokens.pop(),
          idempotencyKey: crypto.randomUUID(),
        };
        const body = { sessionId: id, role: 'spectator' as const };
        const entry = await callApi(playApi.join, { body }, options);
        if (entry.kind !== 'admitted') throw new Error('A spectator was queued.');
        return entry;
      },
    });
    await sleep(SETTLE_MS);
    crowd.reset();
    const watched = await press();
    const count = crowd.count;
    crowd.close();
    return { alone, watched, ...count };
  }),
);
