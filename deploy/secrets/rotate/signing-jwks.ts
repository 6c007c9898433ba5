import { z } from 'zod';
import { makeSigningJwk } from '#secrets/make.ts';
import { NearcadeError } from '#shared/errors.ts';
import { ACCESS_TOKEN_TTL_S, JWKS_MAX_AGE_S, TICKET_TTL_S } from '#shared/limits.ts';
import { WHEP_TOKEN_TTL_S } from '#shared/whep.ts';
import type { SecretsContext } from '../context.ts';
import { changedAt, changeSetting, finishChange, isDue, pendingChange } from './change.ts';

const SETTING = 'SIGNING_JWKS';
const NAME = `worker/${SETTING}`;

/** Seconds for a change to have reached every isolate of the Worker and every node, with room to spare. */
const SPREAD_S = 60;

/** Seconds until everybody knows a new key: whoever keeps the published list asks again by then. */
const LEARN_S = JWKS_MAX_AGE_S + SPREAD_S;

/** Seconds until the last token that a key has signed has run out. */
const RUN_OUT_S = Math.max(ACCESS_TOKEN_TTL_S, TICKET_TTL_S, WHEP_TOKEN_TTL_S) + SPREAD_S;

const listSchema = z.array(z.looseObject({ kid: z.string() })).min(1);
type List = z.infer<typeof listSchema>;

/**
 * Does the step that is due: a new key comes in second, where it is known and does not sign; then first; then the old one goes, when its
 * last token has run out. Which step it is follows from the secret and its version before.
 */
export async function rotateSigningJwks(context: SecretsContext, isHurried: boolean): Promise<void> {
  const { store, print } = context;
  const waiting = await pendingChange(context, SETTING);
  if (waiting !== undefined) {
    print('A step was cut off: it goes on.');
    await finishChange(context, SETTING, waiting);
  }
  const keys = parse(await store.read(NAME));
  const before = parse((await store.readStage(NAME, 'previous')) ?? '[{"kid":""}]');
  const [first, second] = keys;
  if (first === undefined) throw new NearcadeError('internal');
  const since = await changedAt(context, NAME);
  const change = (list: List) => changeSetting(context, SETTING, JSON.stringify(list));

  if (second === undefined) {
    await change([first, listSchema.element.parse(await makeSigningJwk())]);
    print('1 of 3: the new key is known and does not sign yet.');
    const next = 'the new key signs';
    isDue(context, { since: await changedAt(context, NAME), seconds: LEARN_S, next, isHurried: false });
    return;
  }
  const isNew = !before.some(({ kid }) => kid === second.kid);
  if (isNew) {
    if (!isDue(context, { since, seconds: LEARN_S, next: 'the new key signs', isHurried })) return;
    await change([second, first]);
    print('2 of 3: the new key signs, the old one is still good.');
    const next = 'the old key goes';
    isDue(context, { since: await changedAt(context, NAME), seconds: RUN_OUT_S, next, isHurried: false });
    return;
  }
  if (!isDue(context, { since, seconds: RUN_OUT_S, next: 'the old key goes', isHurried })) return;
  await change([first]);
  print(
    '3 of 3: the old key is gone. A version of the Worker from before must not serve again: it signs with that key.',
  );
}

function parse(json: string): List {
  try {
    return listSchema.parse(JSON.parse(json));
  } catch {
    throw new NearcadeError('secret_invalid', `${NAME} is no list of keys`);
  }
}
