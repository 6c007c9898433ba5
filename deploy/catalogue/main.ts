import { parseArgs } from 'node:util';
import { drizzle } from 'drizzle-orm/node-postgres';
import { z } from 'zod';
import { deployer, readRelease } from '#deploy/commit.ts';
import { openDeploySecrets } from '#deploy/deploy-secrets.ts';
import { loadEnvironment } from '#deploy/environment.ts';
import { connect } from '#deploy/migrations/connect.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import { NearcadeError, parseWith, wrongField } from '#shared/errors.ts';
import { loadManifests } from '../../games/install.ts';
import { publishGames } from './publish.ts';

const USAGE = `npm run catalogue -- publish --env staging|production
  Shows the games of what is checked out, once nodes of that release are ready; those that are in it no more are hidden.
  Doing it twice changes nothing. AWS's own variables say as whom the database's address is read.`;

const optionsSchema = z.object({ env: z.enum(['staging', 'production']) });

async function main(args: readonly string[]): Promise<void> {
  const environment = loadEnvironment(parse(args));
  const release = readRelease();
  const folders = await loadManifests();
  const manifests = folders.map(({ manifest }) => manifest).filter(({ unlisted }) => !unlisted);
  const url = await openDeploySecrets(environment).ownerUrl();
  const holder = `catalogue ${release.version} by ${deployer()}`;
  // Not while a deploy migrates, or goes back: what is shown belongs to one release.
  await using owned = new AsyncDisposableStack();
  const lock = await takeDeployLock({
    url,
    holder,
    onWait: other => console.log(`  waiting for ${other}`),
  });
  owned.defer(() => lock.close());
  const client = await connect(url, holder);
  owned.defer(() => client.end());
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('game_releases') is not null as there",
  );
  if (rows[0]?.there !== true) {
    throw new NearcadeError(
      'deploy_refused',
      'The database has no tables yet: "npm run deploy" comes first.',
    );
  }
  for (const { slug, version, outcome, note } of await publishGames(drizzle(client), manifests)) {
    console.log(`${[slug, version].filter(word => word !== undefined).join(' ')}: ${outcome}; ${note}`);
  }
}

/** The environment that is meant. Throws `invalid_request`. */
function parse(args: readonly string[]): 'staging' | 'production' {
  const { values, positionals } = read(args);
  if (positionals.join(' ') !== 'publish') throw wrongField('', USAGE);
  return parseWith(optionsSchema, values).env;
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { env: { type: 'string' } } });
  } catch (cause) {
    throw wrongField('', USAGE, cause);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = 1;
  console.error(error instanceof NearcadeError ? `${error.code}: ${error.message}` : error);
}
process.exit();
