import type { ClientBase } from 'pg';
import { NearcadeError } from '#shared/errors.ts';
import { type ApplyOptions, applyMigration, REHEARSAL_MS, rehearse, STATEMENT_TIMEOUT_MS } from './apply.ts';
import { readCatalog } from './catalog.ts';
import { connect } from './connect.ts';
import { type Migration, readMigrations } from './files.ts';
import { openHistory, pendingOf, readHistory } from './history.ts';
import { lint } from './lint.ts';

/** `all`: nobody is served by an older Worker, as on one's own machine. */
export type Phase = 'expand' | 'contract' | 'all';

export interface MigrateOptions extends ApplyOptions {
  /** Of the database's owner, direct. */
  url: string;
  phase: Phase;
  /** Whether the release was deployed here before: a newer one may have added something since. */
  knownHere?: boolean;
  /** Default: those of this clone. */
  migrations?: readonly Migration[];
}

export interface Plan {
  /** To be applied now, in order. */
  now: readonly Migration[];
  /** Contract migrations that wait until the older Worker is gone. */
  later: readonly Migration[];
  /** Nothing was applied here before: nobody is served from it. */
  isNew: boolean;
}

/**
 * What a phase has to apply. Throws `migrations_diverged`, or `migration_unsafe` with every statement that an expand step must not have.
 * Changes nothing.
 */
export async function planMigrations(
  client: ClientBase,
  migrations: readonly Migration[],
  phase: Phase,
  knownHere = false,
): Promise<Plan> {
  const history = await readHistory(client);
  const pending = pendingOf(migrations, history, knownHere);
  const isNew = history.length === 0;
  if (phase === 'all' || isNew) return { now: pending, later: [], isNew };
  const firstContract = pending.findIndex(({ kind }) => kind === 'contract');
  const expand = firstContract === -1 ? pending : pending.slice(0, firstContract);
  const rest = pending.slice(expand.length);
  const stuck = rest.find(({ kind }) => kind === 'expand');
  if (stuck !== undefined) {
    throw new NearcadeError(
      'migration_unsafe',
      `${stuck.tag} comes after ${rest[0]?.tag}, which waits for --contract: run "npm run deploy -- --env <name> --contract" with the release before this one first.`,
    );
  }
  if (phase === 'contract') {
    if (expand.length > 0) {
      throw new NearcadeError(
        'migration_unsafe',
        `${expand[0]?.tag} has to be deployed before anything is taken away.`,
      );
    }
    return { now: rest, later: [], isNew };
  }
  const findings = await lint(expand, await readCatalog(client));
  if (findings.length > 0) {
    const list = findings.map(({ tag, statement, reason }) => `  ${tag}: ${statement}\n    ${reason}`);
    throw new NearcadeError(
      'migration_unsafe',
      `An older Worker serves while these run:\n${list.join('\n')}\nWhat has to wait goes into a migration of its own: npm run generate -- --name contract_<what>.`,
      { details: { findings } },
    );
  }
  return { now: expand, later: rest, isNew };
}

/** Applies what a phase has to, and returns it. Who calls holds the deploy's lock. Throws as `planMigrations`, or `migration_failed`. */
export async function migrate(options: MigrateOptions): Promise<Plan> {
  const { migrations = readMigrations(), release, phase, knownHere } = options;
  const client = await connect(options.url, `migrate ${release}`);
  try {
    await openHistory(client, migrations);
    const plan = await planMigrations(client, migrations, phase, knownHere);
    for (const migration of plan.now) await applyMigration(client, migration, options);
    return plan;
  } finally {
    await client.end();
  }
}

/** Shows what a phase would do, statement by statement with its locks, in a transaction that is rolled back. Throws as `migrate`. */
export async function tryMigrations(options: MigrateOptions): Promise<Plan> {
  const { migrations = readMigrations(), phase, progress, knownHere } = options;
  const client = await connect(options.url, `dry run of ${options.release}`);
  try {
    const plan = await planMigrations(client, migrations, phase, knownHere);
    const withinMs = plan.isNew ? STATEMENT_TIMEOUT_MS : (options.rehearsalMs ?? REHEARSAL_MS);
    for (const { tag, statement, locks } of await rehearse(client, plan.now, withinMs)) {
      progress(`  ${tag}: ${statement}`);
      if (locks === undefined) progress('    not tried: it is made concurrently, outside of any transaction');
      for (const { table, mode, bytes } of locks ?? []) {
        progress(`    ${mode} on ${table} (${Math.ceil(bytes / 1024)} KiB)`);
      }
    }
    return plan;
  } finally {
    await client.end();
  }
}
