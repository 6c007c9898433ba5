import { readMigrations } from '#deploy/migrations/files.ts';
import { type Applied, pendingOf } from '#deploy/migrations/history.ts';
import { closeRole, isOpen, openRole, otherTurn, type Turn, turnOf } from '#deploy/secrets/database-roles.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type FactsBefore, lookAt } from './before-restore.ts';
import type { DatabaseContext } from './context.ts';

const WORKER_URL = 'worker/DATABASE_URL';

/**
 * Gives the Worker's roles in a restored database the passwords that Secrets Manager has: of whose turn it is, and of a rotation that was cut
 * off, which the Worker may have by now. The other role is let in as it was before.
 */
export async function letWorkerIn(
  { environment, store, print }: DatabaseContext,
  ownerUrl: string,
  before: Pick<FactsBefore, 'isOtherOpen'>,
): Promise<void> {
  const current = await store.readStage(WORKER_URL, 'current');
  const turn = current === undefined ? undefined : turnOf(current);
  if (current === undefined || turn === undefined) {
    print('The Worker signs in as a role that was made by hand: see that its password is still that one.');
    return;
  }
  await openRole(ownerUrl, current);
  print(`The Worker can sign in, as ${nameOf(turn)}.`);
  const other = otherTurn(turn);
  const state = await store.describe(WORKER_URL);
  const stage = state?.stages.has('pending') === true ? 'pending' : 'previous';
  const beside = await store.readStage(WORKER_URL, stage);
  const known = beside !== undefined && turnOf(beside) === other ? beside : undefined;
  const rotate = `"npm run secrets -- rotate database-url --env ${environment.name}`;
  if (stage === 'pending' && known !== undefined) {
    await openRole(ownerUrl, known);
    print(`So can it as ${nameOf(other)}: a rotation was cut off, and ${rotate}" goes on with it.`);
  } else if (before.isOtherOpen === true && known !== undefined) {
    await openRole(ownerUrl, known);
    print(`A version of the Worker from before can, as ${nameOf(other)}, until ${rotate}" ends that.`);
  } else if (await isOpen(ownerUrl, other)) {
    if (before.isOtherOpen === false) {
      await closeRole(ownerUrl, other);
      print(`${nameOf(other)} was let in then, and is no more, as before.`);
    } else {
      print(`${nameOf(other)} is let in too, by the password that it had then: ${rotate} --now" ends that.`);
    }
  }
}

const nameOf = (turn: Turn) => `nearcade_app_${turn}`;

/** Says which migrations a restored database has no more and how it gets them again, and whether players come in. */
export async function tellWhatIsGone(
  { environment, print }: DatabaseContext,
  ownerUrl: string,
  before: Pick<FactsBefore, 'migrations' | 'inMaintenance'>,
): Promise<void> {
  const after = await lookAt(ownerUrl);
  const has = new Set(after.migrations.map(({ tag }) => tag));
  const gone = (before.migrations ?? []).filter(({ tag }) => !has.has(tag));
  if (gone.length > 0) {
    print(
      `Gone are the migrations ${gone.map(({ tag }) => tag).join(', ')}, and the Worker that serves needs them:`,
    );
    for (const line of commandsFor(gone, environment.name)) print(`  ${line}`);
  } else {
    tellOfThisClone(after.migrations, environment.name, print);
  }
  const opened = (before.inMaintenance ?? []).filter(name => !after.inMaintenance.includes(name));
  if (opened.length > 0) {
    print(
      `Maintenance is off, as it was then (${opened.join(', ')}): switch it on again while something is left to do.`,
    );
  }
}

/** Migrations that are applied by the same way: by a deploy, or by one with --contract. */
interface Run {
  release: string;
  kind: Applied['kind'];
}

/**
 * The commands that bring migrations back, in their order, each from the release that brought it: only then the Worker that comes with them
 * is one that they were made for.
 */
function commandsFor(gone: readonly Applied[], environment: string): string[] {
  const runs: Run[] = [];
  for (const { kind, release } of gone) {
    const last = runs.at(-1);
    // A later release has the migrations of those before it.
    if (last?.kind === kind) last.release = release;
    else runs.push({ kind, release });
  }
  return runs.map(({ kind, release }) => {
    const commit = COMMIT.exec(release)?.[1];
    const checkOut = commit === undefined ? `(in a clone of ${release})` : `git checkout ${commit} &&`;
    return `${checkOut} npm run deploy -- --env ${environment}${kind === 'contract' ? ' --contract' : ''}`;
  });
}

/** Of a release's name: deploy/commit.ts. */
const COMMIT = /\+([0-9a-f]{7,40})$/;

/** Where nobody knows what the database had, or it had lost something before: what this clone has that it has not. */
function tellOfThisClone(
  history: readonly Applied[],
  environment: string,
  print: (line: string) => void,
): void {
  try {
    const pending = pendingOf(readMigrations(), history, true).filter(({ kind }) => kind === 'expand');
    if (pending.length === 0) return;
    const tags = pending.map(({ tag }) => tag).join(', ');
    print(
      `It lacks ${tags} of this clone. Where the Worker that serves has them: "npm run deploy -- --env ${environment}".`,
    );
  } catch (error) {
    // A clone of another release; it is restored all the same.
    if (!(error instanceof NearcadeError)) throw error;
    print(error.message);
  }
}
