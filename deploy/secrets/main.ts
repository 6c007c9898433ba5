import { parseArgs } from 'node:util';
import { ENVIRONMENT_NAMES, type EnvironmentName } from '#deploy/environment.ts';
import { NearcadeError } from '#shared/errors.ts';
import { makeCloudflareTokens } from './cloudflare-tokens.ts';
import { openContext, type SecretsContext } from './context.ts';
import { checkSecrets, listSecrets } from './list.ts';
import { makeSecrets } from './make.ts';
import { pushWorkerSecrets } from './push.ts';
import { readValue } from './read-value.ts';
import { rotateDatabaseUrl } from './rotate/database-url.ts';
import { rotateFleetKey } from './rotate/fleet-key.ts';
import { rotateSigningJwks } from './rotate/signing-jwks.ts';
import { rotateWebhookSecrets } from './rotate/webhook-secrets.ts';
import { setSecret } from './set.ts';
import { withDeployLock } from './with-lock.ts';

const USAGE = `npm run secrets -- <command> --env staging|production

  list                      which secrets there are, which lack, and who needs them; never a value
  check                     fails, naming them, when any that is needed lacks
  make                      makes those that lack and that we make ourselves
  cloudflare-tokens         makes the Worker's tokens at Cloudflare, for its zone's records and its bucket of saves
  set NAME [--replace]      its value from standard input, or asked for without showing it
  push                      takes the Worker's secrets from Secrets Manager into the Worker that serves
  rotate WHAT [--now]       the next step of changing one without an interruption: signing-jwks, fleet-key,
                            database-url, webhook-secrets; --now does not wait for what still uses the old one

AWS's credentials are found as the AWS CLI finds them; push, rotate and cloudflare-tokens need CLOUDFLARE_API_TOKEN.`;

/** Reads a value from this process's standard input. */
const read = (what: string) => readValue(what, { input: process.stdin, output: process.stderr });

async function run(context: SecretsContext, [command, ...args]: string[], flags: Flags): Promise<void> {
  const [what] = args;
  const mostArguments = command === 'set' || command === 'rotate' ? 1 : 0;
  if (args.length > mostArguments) {
    // Not repeated: it may be a value, by mistake.
    throw new NearcadeError(
      'invalid_request',
      'Too many arguments; a value comes by standard input, never here.',
    );
  }
  switch (command) {
    case 'list':
      return listSecrets(context);
    case 'check':
      return checkSecrets(context);
    case 'make':
      return makeSecrets(context);
    case 'cloudflare-tokens':
      return makeCloudflareTokens(context);
    case 'set':
      return setSecret(context, what ?? '', { read, replaces: flags.replace === true });
    case 'push': {
      const { environment, store, env, print } = context;
      const push = () => pushWorkerSecrets(environment, { source: store, env });
      const names = await withDeployLock(context, 'secrets push', push);
      return print(`The Worker ${environment.worker.name} has ${names.join(', ')}.`);
    }
    case 'rotate':
      return withDeployLock(context, 'secrets rotate', () => rotate(context, what, flags.now === true));
    default:
      throw new NearcadeError('invalid_request', USAGE);
  }
}

function rotate(context: SecretsContext, what: string | undefined, isHurried: boolean): Promise<void> {
  switch (what) {
    case 'signing-jwks':
      return rotateSigningJwks(context, isHurried);
    case 'fleet-key':
      return rotateFleetKey(context, isHurried);
    case 'database-url':
      return rotateDatabaseUrl(context, isHurried);
    case 'webhook-secrets':
      return rotateWebhookSecrets(context, { isHurried, read });
    default:
      throw new NearcadeError('invalid_request', USAGE);
  }
}

interface Flags {
  replace?: boolean | undefined;
  now?: boolean | undefined;
}

async function main(): Promise<void> {
  const { values, positionals } = parse();
  const environment = ENVIRONMENT_NAMES.find(name => name === values.env);
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  if (environment === undefined) throw new NearcadeError('invalid_request', USAGE);
  await run(openContext(environment satisfies EnvironmentName, process.env), positionals, values);
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        env: { type: 'string' },
        replace: { type: 'boolean' },
        now: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch {
    // Its message repeats what it did not know.
    throw new NearcadeError('invalid_request', USAGE);
  }
}

main().catch((error: unknown) => {
  // What is not ours may quote anything.
  console.error(
    error instanceof NearcadeError ? `${error.code}: ${error.message}` : 'internal: something went wrong',
  );
  process.exitCode = 1;
});
