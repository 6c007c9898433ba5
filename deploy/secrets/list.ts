import { type DeclaredSecret, declaredSecrets, prefixOf } from '#secrets/declared.ts';
import { NearcadeError } from '#shared/errors.ts';
import { isAskedFor, plainSettings, type SecretsContext } from './context.ts';

const WHO = { worker: 'the Worker', node: 'media nodes', deploy: 'deploys' } as const;

/** What becomes of one: it is there, it lacks, or nobody asks for it. */
type Standing = 'there' | 'there, a new one waits' | 'empty' | 'no such secret' | 'not needed';

interface Found {
  secret: DeclaredSecret;
  standing: Standing;
  changedAt: Date | undefined;
  isLacking: boolean;
}

/** Prints which secrets there are, which lack, and who needs them. Reads no value. */
export async function listSecrets(context: SecretsContext): Promise<void> {
  const found = await look(context);
  const { print, store } = context;
  const width = Math.max(...found.map(({ secret }) => secret.name.length));
  print(`${store.place}`);
  for (const { secret, standing, changedAt, isLacking } of found) {
    const { name, group, facts } = secret;
    const since = changedAt === undefined ? '' : `, changed ${changedAt.toISOString().slice(0, 16)}Z`;
    const mark = isLacking ? 'LACKS' : standing === 'not needed' ? '  -  ' : '  ok ';
    print(`${mark} ${name.padEnd(width)}  ${standing}${since}; for ${WHO[group]}: ${facts.what}`);
  }
}

/** Throws `secret_missing`, naming every secret that is needed and lacks, and how it comes to be. Reads no value. */
export async function checkSecrets(context: SecretsContext): Promise<void> {
  const lacking = (await look(context)).filter(({ isLacking }) => isLacking);
  if (lacking.length === 0) {
    context.print(`Every secret of ${context.environment.name} is there.`);
    return;
  }
  const named = lacking.map(
    ({ secret, standing }) => `${secret.name} (${standing}: ${howItComes(secret, standing)})`,
  );
  throw new NearcadeError(
    'secret_missing',
    `${context.environment.name} lacks ${lacking.length} of its secrets under ${prefixOf(context.environment.name)}: ${named.join('; ')}`,
  );
}

function howItComes({ setting, facts }: DeclaredSecret, standing: Standing): string {
  if (standing === 'no such secret') return 'terraform apply';
  return facts.make === undefined ? `npm run secrets -- set ${setting}` : 'npm run secrets -- make';
}

async function look({ environment, store }: SecretsContext): Promise<Found[]> {
  const settings = plainSettings(environment);
  const found: Found[] = [];
  for (const secret of declaredSecrets()) {
    const state = await store.describe(secret.name);
    const isThere = state?.stages.has('current') === true;
    const isNeededHere = isAskedFor(secret, settings);
    const standing = isThere
      ? state.stages.has('pending')
        ? 'there, a new one waits'
        : 'there'
      : isNeededHere
        ? state === undefined
          ? 'no such secret'
          : 'empty'
        : 'not needed';
    found.push({
      secret,
      standing,
      changedAt: isThere ? state.changedAt : undefined,
      isLacking: isNeededHere && !isThere && !secret.facts.optional,
    });
  }
  return found;
}
