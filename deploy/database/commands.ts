import type { CloudEnvironment } from '#deploy/environment.ts';
import type { SecretStore } from '#secrets/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';
import { backUp } from './backup.ts';
import { NeonProject } from './neon.ts';
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

/** Brings the live branch back to a moment, or to what another branch holds; what it is now is kept beside it. */
export async function restoreAtNeon(
  context: DatabaseContext,
  source: { at: Date } | { branch: string },
): Promise<void> {
  const { print, now } = context;
  const neon = await openNeon(context);
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
  const host = await neon.createBranch(name, at);
  context.print(`The branch ${name} is at ${host}, with the live branch's roles and passwords.`);
}

/** Gives the owner a new password, which goes into Secrets Manager and nowhere else: after Terraform has made the project, or when it got about. */
export async function credentialsCommand(context: DatabaseContext): Promise<void> {
  const { store, print } = context;
  const neon = await openNeon(context);
  const host = await neon.liveHost();
  const url = new URL(`postgresql://${host}/${DATABASE}?sslmode=verify-full`);
  url.username = OWNER_ROLE;
  url.password = await neon.resetPassword(OWNER_ROLE);
  await store.put(OWNER_URL, url.href, 'current');
  print(`${OWNER_URL} is set. "npm run secrets -- make" gives the Worker a role of its own.`);
}
