import { NearcadeError } from '#shared/errors.ts';
import { letWorkerIn, tellWhatIsGone } from './after-restore.ts';
import { lookBefore, NOTHING_KNOWN } from './before-restore.ts';
import { type DatabaseContext, OWNER_URL, openNeon, renewOwner } from './context.ts';
import type { NeonProject } from './neon.ts';

/** Milliseconds that a restore may lie in the future by clocks that differ. */
const CLOCK_SLACK_MS = 5_000;

export type RestoreSource = { at: Date } | { branch: string };

/**
 * Brings the live branch back to a moment, or to what another branch holds; what it is now is kept beside it. Roles and their passwords come
 * back with it: the owner gets a new one, the Worker is let in by the one that it has, and what else has to follow is told.
 */
export async function restoreAtNeon(context: DatabaseContext, source: RestoreSource): Promise<void> {
  const { environment, store, print, now } = context;
  const neon = await openNeon(context);
  if ('at' in source) requireKept(neon, source.at, now());
  else await neon.branch(source.branch);
  // Who may not do the last step is told before the first: a deployer reads secrets, an operator writes them.
  await store.describe(OWNER_URL);
  const before = await lookBefore(context);
  const kept = `before-restore-${now().toISOString().slice(0, 23).replaceAll(/[:.]/g, '-').toLowerCase()}`;
  print(
    `Should this be cut off: look at console.neon.tech whether ${kept} is there. If so it is restored, and "${letInLine(environment.name)}" does the rest.`,
  );
  try {
    await neon.restore(source, kept);
  } finally {
    await before.close();
  }
  print(`Restored to ${'at' in source ? source.at.toISOString() : source.branch}.`);
  print(
    `What was there until now is the branch ${kept}: "npm run database -- restore --env ${environment.name} --branch ${kept}" brings it back.`,
  );
  try {
    await letIn(context, before.facts);
  } catch (cause) {
    const known = cause instanceof NearcadeError ? cause : new NearcadeError('internal', String(cause));
    throw new NearcadeError(
      known.code,
      `${known.message}\nIt is restored, but nobody may be able to sign in: "${letInLine(environment.name)}" goes on from here.`,
      { cause },
    );
  }
}

const letInLine = (environment: string) => `npm run database -- let-in --env ${environment}`;

function requireKept({ historySeconds }: NeonProject, at: Date, now: Date): void {
  const agoMs = now.getTime() - at.getTime();
  if (agoMs < -CLOCK_SLACK_MS) throw new NearcadeError('invalid_request', '--at lies in the future.');
  if (historySeconds !== undefined && agoMs > historySeconds * 1000) {
    throw new NearcadeError(
      'invalid_request',
      `--at lies before what Neon keeps (${historySeconds / 3600} hours): use a backup.`,
    );
  }
}

/** What is left to be done of a restore that was cut off, or that somebody has made in Neon's console. Done twice it changes the owner's password alone. */
export async function letInCommand(context: DatabaseContext): Promise<void> {
  await letIn(context, NOTHING_KNOWN);
}

async function letIn(context: DatabaseContext, before: typeof NOTHING_KNOWN): Promise<void> {
  // Looked up anew, since `let-in` begins here: the live branch and its address have stayed what they were.
  const neon = await openNeon(context);
  await neon.protect();
  const ownerUrl = await renewOwner(context, neon);
  context.print('The owner can sign in, with a new password.');
  await letWorkerIn(context, ownerUrl, before);
  await tellWhatIsGone(context, ownerUrl, before);
}
