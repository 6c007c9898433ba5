import { NearcadeError } from '#shared/errors.ts';
import { backUp } from './backup.ts';
import { type DatabaseContext, newOwnerUrl, OWNER_URL, openNeon, renewOwner } from './context.ts';
import { openPsql } from './psql.ts';
import { restore } from './restore.ts';

/** The database's owner: NEARCADE_OWNER_URL for another database than the environment's. */
async function ownerUrl({ env, store }: DatabaseContext): Promise<string> {
  return env.NEARCADE_OWNER_URL ?? store.read(OWNER_URL);
}

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

export async function branchCommand(
  context: DatabaseContext,
  { name, at, isDeleted }: { name: string; at: Date | undefined; isDeleted: boolean },
): Promise<void> {
  const { environment, print } = context;
  const neon = await openNeon(context);
  if (isDeleted) {
    await neon.deleteBranch(name);
    print(`The branch ${name} is gone.`);
    return;
  }
  await neon.createBranch(name, at);
  print(
    `The branch ${name} is there: "npm run database -- psql ${name} --env ${environment.name}" opens it.`,
  );
}

/**
 * Opens psql on a copy, as the owner: on a branch of a protected one roles have passwords that nobody was told, so the owner gets another.
 * On the live branch that would lock out whoever works with the password that it has.
 */
export async function psqlCommand(context: DatabaseContext, name: string): Promise<void> {
  const neon = await openNeon(context);
  const branch = await neon.branch(name);
  if (branch.id === neon.live.id) {
    throw new NearcadeError(
      'invalid_request',
      'The branch that the platform lives on is not for trying out: make a copy.',
    );
  }
  await neon.ensureEndpoint(branch);
  await openPsql(await newOwnerUrl(neon, branch), context.env);
}

/** After Terraform has made the project, or when the owner's password got about. */
export async function credentialsCommand(context: DatabaseContext): Promise<void> {
  await renewOwner(context, await openNeon(context));
  context.print(`${OWNER_URL} is set. "npm run secrets -- make" gives the Worker a role of its own.`);
}
