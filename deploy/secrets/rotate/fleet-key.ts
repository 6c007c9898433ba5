import { makeRandom } from '#secrets/make.ts';
import type { SecretsContext } from '../context.ts';
import { newestRegistrationKey } from '../make.ts';
import { changedAt, changeSetting, finishChange, isDue, pendingChange } from './change.ts';

const SETTING = 'NODE_REGISTRATION_KEY';
const NAME = `worker/${SETTING}`;
const NODE_NAME = 'node/fleet-key';

/** Seconds until no node has the old key any more: what a node remembers is five minutes old at most, and a refused one asks anew at once. */
const LEARN_S = 600;

/** Does what is due: the Worker takes the new key beside the old one, nodes are given it, then the Worker takes the old one no more. */
export async function rotateFleetKey(context: SecretsContext, isHurried: boolean): Promise<void> {
  const { store, print } = context;
  const waiting = await pendingChange(context, SETTING);
  if (waiting !== undefined) {
    print('A step was cut off: it goes on.');
    await finishChange(context, SETTING, waiting);
  }
  let keys = await store.read(NAME);
  if (!keys.includes(',')) {
    keys = `${makeRandom()},${keys}`;
    await changeSetting(context, SETTING, keys);
    print('1 of 3: the Worker takes the new key and the old one.');
  }
  const newest = newestRegistrationKey(keys);
  if ((await store.readStage(NODE_NAME, 'current')) !== newest) {
    await store.put(NODE_NAME, newest, 'current');
    print('2 of 3: nodes are given the new key; they run on and ask for it by themselves.');
  }
  const since = await changedAt(context, NODE_NAME);
  if (!isDue(context, { since, seconds: LEARN_S, next: 'the old key goes', isHurried })) return;
  await changeSetting(context, SETTING, newest);
  print('3 of 3: the old key is gone.');
}
