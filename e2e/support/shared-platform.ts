import { inject } from 'vitest';
import { z } from 'zod';
import { DEMO_ACCOUNTS } from '#local/seed.ts';
import { adminFleetApi } from '#shared/api/admin-fleet.ts';
import { ApiClient } from './api.ts';
import { until } from './until.ts';

/** What files may know of the platform that they play on one after the other. */
const sharedSchema = z.object({
  /** Origin of web app and API. */
  baseUrl: z.string(),
  /** Postgres connection string of the platform's role. */
  databaseUrl: z.string(),
  /** Folder of its secrets. */
  secretsDir: z.string(),
});

type Shared = z.infer<typeof sharedSchema>;

/**
 * A stay on the platform that files share (`start-shared-platform.ts`): two slots, nothing set otherwise. For files that change nothing of
 * the platform's own: neither what operators set nor what the demo accounts have.
 */
export class SharedPlatform {
  readonly baseUrl: string;
  readonly databaseUrl: string;
  readonly secretsDir: string;

  private constructor({ baseUrl, databaseUrl, secretsDir }: Shared) {
    this.baseUrl = baseUrl;
    this.databaseUrl = databaseUrl;
    this.secretsDir = secretsDir;
  }

  /** The first who asks has it started. */
  static async enter(): Promise<SharedPlatform> {
    const response = await fetch(inject('sharedPlatform'));
    if (!response.ok) throw new Error(`the shared platform did not start: ${await response.text()}`);
    return new SharedPlatform(sharedSchema.parse(await response.json()));
  }

  /** Leaves it as it was found: with every slot free. */
  async close(): Promise<void> {
    const account = DEMO_ACCOUNTS.find(({ email }) => email.startsWith('operator@'));
    if (account === undefined) throw new Error('no operator among the demo accounts');
    const operator = await ApiClient.signIn(this.baseUrl, account);
    const live = async () =>
      (await operator.call(adminFleetApi.sessions, { query: { state: 'live' } })).items;
    const body = { reason: 'The test file ends' };
    for (const { id } of await live()) {
      // One may have ended by itself meanwhile.
      await operator.call(adminFleetApi.endSession, { params: { sessionId: id }, body }).catch(() => {});
    }
    await until('every slot is free', async () => (await live()).length === 0);
  }
}
