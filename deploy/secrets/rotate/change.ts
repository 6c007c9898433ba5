import { NearcadeError } from '#shared/errors.ts';
import type { SecretsContext } from '../context.ts';
import { pushWorkerSecrets } from '../push.ts';

/**
 * Brings a setting's next text to the Worker: it waits in Secrets Manager as the pending one, the Worker gets it, then it is the current one.
 * Where this is cut off the next run finds it waiting and goes on: `pendingChange`.
 */
export async function changeSetting(context: SecretsContext, setting: string, text: string): Promise<void> {
  await context.store.put(`worker/${setting}`, text, 'pending');
  await finishChange(context, setting, text);
}

/** The text of a change that was cut off, undefined where there is none. */
export async function pendingChange({ store }: SecretsContext, setting: string): Promise<string | undefined> {
  const name = `worker/${setting}`;
  const state = await store.describe(name);
  return state?.stages.has('pending') === true ? store.readStage(name, 'pending') : undefined;
}

/** What is left of a change: the Worker gets the text that waits, and it becomes the current one. */
export async function finishChange(context: SecretsContext, setting: string, text: string): Promise<void> {
  const { environment, store, env, print } = context;
  const names = await pushWorkerSecrets(environment, {
    source: store,
    env,
    instead: { [setting]: text },
  });
  await store.promote(`worker/${setting}`);
  print(`The Worker has the new ${setting} (and ${names.length - 1} others as they were).`);
}

/** When a secret was changed last, by Secrets Manager's clock. Throws `secret_missing`. */
export async function changedAt({ store }: SecretsContext, name: string): Promise<Date> {
  const at = (await store.describe(name))?.changedAt;
  if (at === undefined) throw new NearcadeError('secret_missing', `${name} does not exist: terraform apply`);
  return at;
}

/**
 * Whether `seconds` have passed since `since`; says what comes then where they have not. `isHurried`: somebody has to be rid of a secret at
 * once, whatever still uses it.
 */
export function isDue(
  { now, print }: SecretsContext,
  { since, seconds, next, isHurried }: { since: Date; seconds: number; next: string; isHurried: boolean },
): boolean {
  const due = new Date(since.getTime() + seconds * 1000);
  if (isHurried || now() >= due) return true;
  print(`Next, from ${due.toISOString().slice(0, 19)}Z on: ${next} (the same command; --now does not wait).`);
  return false;
}
