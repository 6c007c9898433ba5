import type { DeclaredSecret } from '#secrets/declared.ts';
import { makeRandom, makeSigningJwk } from '#secrets/make.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type SecretsContext, secretsOf } from './context.ts';
import { openRole, roleUrl } from './database-roles.ts';

/** Makes every secret that lacks and that we make ourselves; what is there stays. Done twice, or after it was cut off, it does what is left. */
export async function makeSecrets(context: SecretsContext): Promise<void> {
  const { environment, store, print } = context;
  for (const secret of secretsOf(environment)) {
    const { name, facts } = secret;
    if (facts.make === undefined) continue;
    if ((await store.describe(name))?.stages.has('current') === true) {
      print(`${name} is there already`);
      continue;
    }
    const text = await textOf(context, secret);
    if (text === undefined) {
      print(`${name} waits for deploy/database-owner-url: set that, then make again`);
      continue;
    }
    await store.put(name, text, 'current');
    print(`${name} was made`);
  }
}

async function textOf(context: SecretsContext, { facts }: DeclaredSecret): Promise<string | undefined> {
  switch (facts.make) {
    case 'random':
      return makeRandom();
    case 'signing-jwks':
      return JSON.stringify([await makeSigningJwk()]);
    case 'fleet-key':
      return newestRegistrationKey(await context.store.read('worker/NODE_REGISTRATION_KEY'));
    case 'database-url':
      return firstDatabaseUrl(context);
    default:
      throw new NearcadeError('internal');
  }
}

/** What nodes are given of the keys that the Worker takes. */
export const newestRegistrationKey = (keys: string): string => keys.split(',')[0] ?? '';

async function firstDatabaseUrl({ store }: SecretsContext): Promise<string | undefined> {
  const owner = await store.readStage('deploy/database-owner-url', 'current');
  if (owner === undefined) return undefined;
  const url = roleUrl(owner, 'a', makeRandom());
  await openRole(owner, url);
  return url;
}
