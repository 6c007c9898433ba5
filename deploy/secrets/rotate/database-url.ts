import { makeRandom } from '#secrets/make.ts';
import type { SecretsContext } from '../context.ts';
import { closeRole, isOpen, openRole, otherTurn, roleUrl, turnOf } from '../database-roles.ts';
import { changedAt, finishChange, isDue, pendingChange } from './change.ts';

const SETTING = 'DATABASE_URL';
const NAME = `worker/${SETTING}`;
const OWNER = 'deploy/database-owner-url';

/** Seconds until no isolate of an older version answers, and no request that it has begun goes on. */
const DRAIN_S = 900;

/**
 * Does what is due: the role whose turn it is not gets a new password and the Worker is told of it while the other goes on; then that one
 * is let in no more. Two roles take turns, so at each moment both what serves and what served a moment ago can sign in.
 */
export async function rotateDatabaseUrl(context: SecretsContext, isHurried: boolean): Promise<void> {
  const { store, print } = context;
  const owner = await store.read(OWNER);
  const waiting = await pendingChange(context, SETTING);
  if (waiting !== undefined) {
    print('A step was cut off: it goes on.');
    await openRole(owner, waiting);
    await finishChange(context, SETTING, waiting);
  }
  const current = await store.read(NAME);
  const turn = turnOf(current);
  const other = otherTurn(turn);
  // Nobody's turn: it was set by hand, and its role is nobody's to close.
  const isOtherOpen = turn !== undefined && (await isOpen(owner, other));
  if (!isOtherOpen) {
    const url = roleUrl(current, other, makeRandom());
    // Noted first: a password that was given to the role and is known to nobody could not be taken up again.
    await store.put(NAME, url, 'pending');
    await openRole(owner, url);
    await finishChange(context, SETTING, url);
    print(`1 of 2: the Worker is nearcade_app_${other} now.`);
    if (turn === undefined) return;
    const since = await changedAt(context, NAME);
    isDue(context, {
      since,
      seconds: DRAIN_S,
      next: `nearcade_app_${turn} is let in no more`,
      isHurried: false,
    });
    return;
  }
  const next = `nearcade_app_${other} is let in no more`;
  const since = await changedAt(context, NAME);
  if (!isDue(context, { since, seconds: DRAIN_S, next, isHurried })) return;
  await closeRole(owner, other);
  print(`2 of 2: ${next}. A version of the Worker from before cannot serve again: it signs in as that.`);
}
