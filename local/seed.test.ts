import { neon, neonConfig } from '@neondatabase/serverless';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyPassword } from '#edge/accounts/passwords.ts';
import { loadManifests } from '../games/install.ts';
import { DEMO_ACCOUNTS, seed } from './seed.ts';
import { startTestServices, type TestServices } from './test/services.ts';

let services: TestServices;
beforeAll(async () => {
  services = await startTestServices();
  neonConfig.fetchEndpoint = services.data.neon.fetchEndpoint;
});
afterAll(() => services?.close());

describe('seed', () => {
  it('brings the catalogue in line with games/, as often as it runs', async () => {
    const sql = neon(services.data.postgres.url);
    await seed(services.data.postgres.url);
    await sql`update games set title = 'old', published = false`;
    await sql`insert into games (slug, title, summary, description, version, seats, width, height, fps, pointer, cover,
        accent, controls)
      select 'gone', title, summary, description, version, seats, width, height, fps, pointer, cover, accent, controls
      from games limit 1`;
    await seed(services.data.postgres.url);
    const titles = (await loadManifests())
      .filter(({ manifest }) => !manifest.unlisted)
      .map(({ manifest }) => manifest.title)
      .sort();
    const shown = await sql`select title from games where published`;
    expect(shown.map(row => row.title).sort()).toEqual(titles);
    const stable = await sql`
      select game.title from game_releases as release join games as game on game.slug = release.game
      where release.channel = 'stable' and release.ended_at is null and release.version = game.version`;
    expect(stable.map(row => row.title).sort()).toEqual(titles);
    expect(await sql`select published from games where slug = 'gone'`).toEqual([{ published: false }]);
  });

  it('makes the demo accounts once, and leaves a changed one alone', async () => {
    const sql = neon(services.data.postgres.url);
    await seed(services.data.postgres.url);
    await sql`update users set display_name = 'Changed'`;
    await seed(services.data.postgres.url);
    const rows =
      await sql`select email, display_name, password_hash, role, email_verified_at from users order by email collate "C"`;
    expect(rows.map(row => row.email)).toEqual(DEMO_ACCOUNTS.map(account => account.email).toSorted());
    expect(rows.every(row => row.display_name === 'Changed')).toBe(true);
    expect(rows.every(row => row.email_verified_at !== null)).toBe(true);
    const admin = rows.find(row => row.role === 'admin');
    const { password } = DEMO_ACCOUNTS.find(account => account.email === admin?.email) ?? { password: '' };
    expect(await verifyPassword(password, admin?.password_hash)).toBe(true);
  });
});
