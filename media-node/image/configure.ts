import { chown, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import { InstanceMetadata } from '../cloud/instance-metadata.ts';
import { parseConfig } from '../config.ts';
import { openSource } from '../open-secrets.ts';
import { loadBootConfig } from './boot-config.ts';
import { nativeParts, TREE } from './built.ts';
import { caddyfile } from './caddy/caddyfile.ts';
import { readAccount } from './caddy/external-account.ts';
import { hostnameOf, type Instance, nodeConfig, SIGNAL_PORT } from './node-config.ts';

const BOOT = '/etc/nearcade/boot.json';
const NODE = '/etc/nearcade/node.json';
const CADDYFILE = '/etc/nearcade/Caddyfile';

/** Before each start of the node: what the machine was told and what it is make the configuration of the node and of its Caddy. */
async function main(): Promise<void> {
  const boot = await loadBootConfig(BOOT);
  const instance = await askInstance();
  const config = nodeConfig(boot, instance, { tree: TREE, parts: nativeParts() });
  // Wrong fields are told here, by name, and the last good file stays; the same where the account cannot be read.
  const { secrets } = parseConfig(config, {});
  const account = await readAccount(boot, openSource(secrets));
  await put(NODE, `${JSON.stringify(config, null, 2)}\n`);
  await put(
    CADDYFILE,
    caddyfile({
      hostname: hostnameOf(boot, instance),
      upstream: `127.0.0.1:${SIGNAL_PORT}`,
      acme: boot,
      account,
    }),
    { mode: 0o640, gid: await groupOf('caddy') },
  );
}

/** Who has to read it; root where there is no such group. */
async function groupOf(name: string): Promise<number> {
  const groups = await readFile('/etc/group', 'utf8');
  return Number(new RegExp(`^${name}:[^:]*:(\\d+):`, 'm').exec(groups)?.[1] ?? 0);
}

/** An instance without a public address can't be played on: it may get one yet, so the next start asks again. */
async function askInstance(): Promise<Instance> {
  const metadata = new InstanceMetadata();
  const id = await metadata.instanceId();
  const publicAddress = await metadata.publicIpv4();
  if (publicAddress === undefined) {
    throw new NearcadeError('metadata_unavailable', `The instance ${id} has no public IPv4 address`);
  }
  return { id, publicAddress, region: await metadata.region() };
}

/** Whoever reads it sees the old one or the new one, whole. */
async function put(file: string, text: string, { mode, gid } = { mode: 0o600, gid: 0 }): Promise<void> {
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text, { mode });
  await chown(`${file}.new`, 0, gid);
  await rename(`${file}.new`, file);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof NearcadeError ? `${error.code}: ${error.message}` : error);
  process.exit(1);
}
