import type { CloudEnvironment } from '#deploy/environment.ts';
import type { SecretStore } from '#secrets/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { makeFit } from './after-restore.ts';
import { backUp } from './backup.ts';
import { type Branch, NeonProject } from './neon.ts';
import { openPsql } from './psql.ts';
import { restore } from './restore.ts';

const OWNER_URL = 'deploy/database-owner-url';

/** As Terraform calls them (terraform/modules/neon). */
const OWNER_ROLE = 'nearcade_first';
const DATABASE = 'nearcade';

export interface DatabaseContext {
  environment: CloudEnvironment;
  store: SecretStore;
  /** NEON_API_KEY, NEON_API_URL, NEARCADE_OWNER_URL. */
  env: NodeJS.ProcessEnv;
  print: (line: string) => void;
  sleep: (ms: number) => Promise<void>;
  now: () => Date;
  signal: AbortSignal;
  /** What a restored database needs before anybody signs in to it. */
  makeFit: typeof makeFit;
}

/** The database's owner: NEARCADE_OWNER_URL for another database than the environment's, such as a branch. */
async function ownerUrl({ env, store }: DatabaseContext): Promise<string> {
  return env.NEARCADE_OWNER_URL ?? store.read(OWNER_URL);
}

const openNeon = ({ environment, env, sleep }: DatabaseContext) =>
  NeonProject.open({ environment: environment.name, env, sleep });

export async function backUpCommand(context: DatabaseContext, folder: string): Promise<void> {
  const { environment, now, print } = context;
  const manifest = await backUp({ url: await ownerUrl(context), environment: environment.name, folder, now });
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  print(`${folder}: ${rows} rows of ${manifest.tables.length} tables, as of ${manifest.madeAt}`);
}

export async function restoreFromFiles(context: DatabaseContext, folder: string): Promise<void> {
  const { print, signal } = context;
  const manifest = await restore({ url: await ownerUrl(context), folder, progress: print, signal });
  print(`Restored: ${manifest.environment} as of ${manifest.madeAt}`);
}

/** Milliseconds that a restore may lie in the future by clocks that differ. */
const CLOCK_SLACK_MS = 5_000;

/**
 * Brings the live branch back to a moment, or to what another branch holds; what it is now is kept beside it. Its roles have the passwords of
 * then, or none that anybody knows: the owner gets a new one, and the Worker is let in by the one that it has.
 */
export async function restoreAtNeon(
  context: DatabaseContext,
  source: { at: Date } | { branch: string },
): Promise<void> {
  const { environment, store, print, now } = context;
  const neon = await openNeon(context);
  // Who may not do the last step is told before the first.
  await store.describe(OWNER_URL);
  if ('at' in source) {
    const agoMs = now().getTime() - source.at.getTime();
    if (agoMs < -CLOCK_SLACK_MS) throw new NearcadeError('invalid_request', '--at lies in the future.');
    if (neon.historySeconds !== undefined && agoMs > neon.historySeconds * 1000) {
      throw new NearcadeError(
        'invalid_request',
        `--at lies before what Neon keeps (${neon.historySeconds / 3600} hours): use a backup.`,
      );
    }
  }
  const kept = `before-restore-${now().toISOString().slice(0, 19).replaceAll(':', '-').toLowerCase()}`;
  await neon.restore(source, kept);
  print(`Restored to ${'at' in source ? source.at.toISOString() : source.branch}.`);
  print(`What was there until now is the branch ${kept}: "restore --branch ${kept}" brings it back.`);
  await renewOwner(context, neon);
  await context.makeFit({ environment: environment.name, store, ownerUrl: await ownerUrl(context), print });
}

export async function branchCommand(
  context: DatabaseContext,
  { name, at, isDeleted }: { name: string; at: Date | undefined; isDeleted: boolean },
): Promise<void> {
  const neon = await openNeon(context);
  if (isDeleted) {
    await neon.deleteBranch(name);
    context.print(`The branch ${name} is gone.`);
    return;
  }
  await neon.createBranch(name, at);
  context.print(`The branch ${name} is there. "npm run database -- psql ${name} --env ..." opens it.`);
}

/** Opens psql on a branch, as the owner. On a copy of a protected branch roles have passwords that nobody was told: the owner gets another one there. */
export async function psqlCommand(context: DatabaseContext, name: string): Promise<void> {
  const neon = await openNeon(context);
  const branch = await neon.branch(name);
  if (branch.id === neon.live.id) {
    throw new NearcadeError('invalid_request', 'The branch that the platform lives on is not for trying out.');
  }
  await openPsql(await ownerUrlOf(neon, branch), context.env);
}

/** A branch's connection string for the owner, with a new password. */
async function ownerUrlOf(neon: NeonProject, branch: Branch): Promise<URL> {
  const url = new URL(`postgresql://${await neon.host(branch)}/${DATABASE}?sslmode=verify-full`);
  url.username = OWNER_ROLE;
  url.password = await neon.resetPassword(OWNER_ROLE, branch);
  return url;
}

async function renewOwner({ store }: DatabaseContext, neon: NeonProject): Promise<void> {
  await store.put(OWNER_URL, (await ownerUrlOf(neon, neon.live)).href, 'current');
}

/** Gives the owner a new password, which goes into Secrets Manager and nowhere else: after Terraform has made the project, or when it got about. */
export async function credentialsCommand(context: DatabaseContext): Promise<void> {
  const { print } = context;
  await renewOwner(context, await openNeon(context));
  print(`${OWNER_URL} is set. "npm run secrets -- make" gives the Worker a role of its own.`);
}
