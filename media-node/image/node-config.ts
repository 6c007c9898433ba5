import { join } from 'node:path';
import type { BootConfig } from './boot-config.ts';

/** The port behind Caddy, on loopback. */
export const SIGNAL_PORT = 8443;

/** First uid of the slots, which install.sh makes accounts for. */
export const SLOT_UID_BASE = 70_000;

/** What a machine knows of itself. */
export interface Instance {
  /** E.g. `i-0123456789abcdef0`. */
  id: string;
  /** IPv4: where players reach it. */
  publicAddress: string;
  /** The cloud's name of the region that it is in. */
  region: string;
}

export interface NodePlace {
  /** The tree that the node runs from. */
  tree: string;
  parts: { mediaHelper: string; gamesBuildDir: string };
}

/** Letters and digits alone, so that it is a host name's label too. */
export function nodeIdOf(region: string, instance: Pick<Instance, 'id'>): string {
  return `${region}-${instance.id.replace(/^i-/, '')}`;
}

/** The node's name in the world, which its certificate is for. */
export function hostnameOf(boot: BootConfig, instance: Instance): string {
  return `${nodeIdOf(boot.region, instance)}.${boot.domain}`;
}

/** node.json of a machine in the cloud: what `parseConfig` (media-node/config.ts) then takes. */
export function nodeConfig(
  boot: BootConfig,
  instance: Instance,
  { tree, parts }: NodePlace,
): Record<string, unknown> {
  return {
    nodeId: nodeIdOf(boot.region, instance),
    region: boot.region,
    edgeUrl: boot.edgeUrl,
    signal: {
      host: '127.0.0.1',
      port: SIGNAL_PORT,
      publicUrl: `wss://${hostnameOf(boot, instance)}/`,
    },
    naming: { kind: 'edge' },
    rtc: { listenIp: '0.0.0.0', announcedAddress: instance.publicAddress, minPort: 40_000, maxPort: 49_999 },
    slots: boot.slots,
    dataDir: '/var/lib/nearcade',
    runtimeDir: '/run/nearcade',
    gamesDir: join(tree, 'games'),
    ...parts,
    uidBase: SLOT_UID_BASE,
    metrics: { host: '127.0.0.1', port: 9464 },
    secrets: { kind: 'aws', ...boot.secrets },
    drainSeconds: boot.drainSeconds,
    fleet: fleetOf(boot, instance),
    ...boot.node,
  };
}

/** A machine without a group, or whose group does not wait for its players, is one of its own. */
function fleetOf({ autoScalingGroup, lifecycleHook, bootHook }: BootConfig, { region }: Instance): object {
  if (!autoScalingGroup || !lifecycleHook) return { kind: 'none' };
  return { kind: 'aws', region, autoScalingGroup, lifecycleHook, ...(bootHook ? { bootHook } : {}) };
}
