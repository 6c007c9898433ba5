import { OidcProvider } from './accounts/oidc/provider.ts';
import { PlatformGate } from './admin/platform/gate.ts';
import type { Allowance } from './allowance.ts';
import type { Bindings, QueuedEvent } from './bindings.ts';
import { parseSettings, type Settings } from './env.ts';
import { KnownLoads } from './fleet/known-loads.ts';
import { KnownNodes } from './fleet/known-nodes.ts';
import { openZone } from './fleet/naming/open-zone.ts';
import type { Zone } from './fleet/naming/zone.ts';
import { Readiness } from './http/readiness.ts';
import { SigningKeys } from './http/signing-keys.ts';
import { type Live, openLive } from './live/live.ts';
import { Memory } from './memory.ts';
import { type GroupTimers, openGroupTimers } from './social/clock/clock.ts';
import { type Database, openDatabase } from './store/database.ts';
import { type Hints, openHints } from './store/hints.ts';
import { type ObjectStore, openObjectStore } from './store/objects.ts';

/** What the capabilities work with. Made for each request, queue batch and cron run. */
export interface Services {
  readonly settings: Settings;
  readonly keys: SigningKeys;
  /** The sign-in service, if one is set up. */
  readonly oidc: OidcProvider | undefined;
  /** What operators have set for the whole platform. */
  readonly platform: PlatformGate;
  /** Whether all of these can be reached, as far as this isolate has seen. */
  readonly readiness: Readiness;
  /** Where the request comes from, as Cloudflare saw it; undefined for what is no request, or when it does not say. */
  readonly clientAddress: string | undefined;
  readonly db: Database;
  readonly hints: Hints;
  readonly objects: ObjectStore;
  readonly events: Queue<QueuedEvent>;
  readonly live: Live;
  readonly timers: GroupTimers;
  readonly nodeChannels: Bindings['NODE_CHANNEL'];
  readonly now: () => Date;
  /** `game/channel` of what `tryQuickClaim` can claim, as far as this isolate has seen. */
  readonly quickClaims: Memory<string, true>;
  readonly knownLoads: KnownLoads;
  /** What players did lately, by user. */
  readonly acts: Memory<string, Allowance>;
  readonly knownNodes: KnownNodes;
  /** Where nodes' names are, if they get any here. */
  readonly zone: Zone | undefined;
}

type Configuration = Pick<
  Services,
  | 'settings'
  | 'keys'
  | 'oidc'
  | 'platform'
  | 'readiness'
  | 'quickClaims'
  | 'knownLoads'
  | 'knownNodes'
  | 'acts'
  | 'db'
  | 'zone'
>;

/** Games that are played again and again from one place of the world. */
const QUICK_CLAIMS = 1000;

/** Players who do something in the course of a minute in one isolate; who is forgotten begins anew. */
const ACTING_PLAYERS = 10_000;

/** Configuration parsed, keys imported, the database addressed, and what is remembered between requests: once for each set of bindings, which is to say once an isolate. */
const configurations = new WeakMap<Bindings, Promise<Configuration>>();
/** Those that are there by now. */
const configured = new WeakMap<Bindings, Configuration>();

async function configure(bindings: Bindings): Promise<Configuration> {
  const settings = parseSettings(bindings);
  return {
    settings,
    keys: await SigningKeys.import(settings.SIGNING_JWKS),
    oidc: OidcProvider.of(settings),
    quickClaims: new Memory(QUICK_CLAIMS),
    knownLoads: new KnownLoads(),
    acts: new Memory(ACTING_PLAYERS),
    knownNodes: new KnownNodes(),
    platform: new PlatformGate(settings.PLATFORM_NAME),
    readiness: new Readiness(),
    db: openDatabase(settings),
    zone: openZone(settings),
  };
}

/** `clientAddress`: of the request that they are for. Throws `config_invalid`. */
export async function openServices(bindings: Bindings, clientAddress?: string): Promise<Services> {
  let configuration = configurations.get(bindings);
  if (configuration === undefined) {
    configuration = configure(bindings);
    configurations.set(bindings, configuration);
  }
  const known = await configuration;
  configured.set(bindings, known);
  return servicesOf(known, bindings, clientAddress);
}

/** The same at once, when this isolate has opened them before; else undefined. */
export function servicesNow(bindings: Bindings, clientAddress?: string): Services | undefined {
  const known = configured.get(bindings);
  return known === undefined ? undefined : servicesOf(known, bindings, clientAddress);
}

function servicesOf(configuration: Configuration, bindings: Bindings, clientAddress?: string): Services {
  const { settings, keys, oidc, platform, readiness, quickClaims, knownLoads, knownNodes, acts, db, zone } =
    configuration;
  // Many requests need none of them, or one.
  let hints: Hints | undefined;
  let objects: ObjectStore | undefined;
  let live: Live | undefined;
  let timers: GroupTimers | undefined;
  return {
    settings,
    keys,
    oidc,
    platform,
    readiness,
    quickClaims,
    knownLoads,
    knownNodes,
    acts,
    db,
    zone,
    clientAddress,
    get hints() {
      hints ??= openHints(settings);
      return hints;
    },
    get objects() {
      objects ??= openObjectStore(settings);
      return objects;
    },
    get live() {
      live ??= openLive(bindings);
      return live;
    },
    get timers() {
      timers ??= openGroupTimers(bindings);
      return timers;
    },
    events: bindings.EVENTS,
    nodeChannels: bindings.NODE_CHANNEL,
    now,
  };
}

const now = () => new Date();
