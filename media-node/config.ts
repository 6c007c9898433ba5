import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { nodeIdSchema } from '#shared/api/fleet.ts';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { INTERVAL_S, QUIET_S, RESTLESS_S } from './saves/limits.ts';

/** A player's next game mostly begins within it, and no scaling policy acts faster. */
const PROTECTION_LINGER_S = 15;

/** A spot instance has two minutes from its notice; each look is three requests within the host. */
const NOTICE_S = 2;

const port = z.int().min(0).max(65535);

const secretsSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('files'), dir: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('aws'),
    /** Put before each secret's name: `nearcade/<environment>/node/`. */
    prefix: z.string().min(1),
    region: z.string().min(1),
  }),
]);

const fleetSchema = z.discriminatedUnion('kind', [
  /** A machine of one's own. */
  z.strictObject({ kind: z.literal('none') }),
  /** An instance in an Auto Scaling group of EC2. What the group has to say for it stands in ARCHITECTURE.md. */
  z.strictObject({
    kind: z.literal('aws'),
    region: z.string().min(1),
    autoScalingGroup: z.string().min(1).max(255),
    /** The hook at an instance's end, which waits until its players have finished. */
    lifecycleHook: z.string().min(1).max(255),
    /** The hook at its start, which waits until it serves. */
    bootHook: z.string().min(1).max(255).optional(),
    /** Seconds with nothing held before scale-in protection is turned off. */
    protectionLingerSeconds: z.number().min(0).default(PROTECTION_LINGER_S),
    /** Seconds between looks whether the machine is to go. */
    noticeSeconds: z.number().positive().default(NOTICE_S),
  }),
]);

/** Where `signal.publicUrl` comes from. */
const namingSchema = z.discriminatedUnion('kind', [
  /** From this file. */
  z.strictObject({ kind: z.literal('fixed') }),
  /** From the edge (media-node/naming): the name's record leads to `rtc.announcedAddress`, and TLS is answered in front of the node. */
  z.strictObject({
    kind: z.literal('edge'),
    tls: z
      .strictObject({ host: z.string().default('127.0.0.1'), port: port.default(443) })
      .default({ host: '127.0.0.1', port: 443 }),
    settleSeconds: z.number().min(0).max(300).default(10),
  }),
]);

/** The media node's one configuration file (JSON). Paths are relative to the working directory. */
export const configSchema = z
  .strictObject({
    nodeId: nodeIdSchema,
    region: z.string().min(1).max(32),
    /** Origin of the control plane, e.g. `https://play.example.org`. */
    edgeUrl: z.url({ protocol: /^https?$/ }),
    signal: z.strictObject({
      host: z.string().default('0.0.0.0'),
      /** 0: the system picks one; `publicUrl` then has to contain `{port}`. */
      port,
      /**
       * WebSocket address that players reach, e.g. `wss://node-1.example.org/`. `{port}` stands for the port that was taken. With a name from the
       * edge: what is used where the edge gives none.
       */
      publicUrl: z
        .string()
        .regex(/^wss?:\/\//, 'must begin with ws:// or wss://')
        .optional(),
    }),
    naming: namingSchema.default({ kind: 'fixed' }),
    rtc: z.strictObject({
      listenIp: z.string().default('0.0.0.0'),
      /** Address or name that players reach; needed behind NAT. */
      announcedAddress: z.string().optional(),
      minPort: port.default(40000),
      maxPort: port.default(49999),
    }),
    slots: z.int().min(1).max(256),
    dataDir: z.string().min(1),
    /** Sockets and cookies of the slots; traversable by others. */
    runtimeDir: z.string().optional(),
    gamesDir: z.string().min(1),
    gamesBuildDir: z.string().min(1),
    mediaHelper: z.string().min(1),
    /** First uid of the slots; no account of the machine may be in the range. */
    uidBase: z.int().min(1000).default(64000),
    /**
     * `enforced`: a new session has to fit beside what runs, by measurement; `slots` is the most that there may be. `measured`: slots
     * alone decide, for tests.
     */
    cpuBudget: z.enum(['enforced', 'measured']).default('enforced'),
    /** Health and figures, for the machine's operators alone. Port 0: the system picks one. */
    metrics: z
      .strictObject({ host: z.string().default('127.0.0.1'), port: port.default(9464) })
      .default({ host: '127.0.0.1', port: 9464 }),
    /**
     * Games that free slots start ahead, up to their title, and pause: slugs, one a slot in turn. Together they hold at most so many
     * megabytes, by their manifests, and at most so many cores while they start.
     */
    prestart: z
      .strictObject({
        games: z.array(z.string().max(64)).max(256),
        memoryMb: z.int().min(0),
        cpu: z.number().min(0),
      })
      .default({ games: [], memoryMb: 0, cpu: 0 }),
    /** The picture's, where nothing speaks for another: a game's manifest, what encodes here, or what the first viewer decodes. */
    codec: z.enum(['h264', 'vp8', 'vp9', 'av1']).default('h264'),
    /** `polling`: every frame whole and at its tick, whatever changed. The benchmark's reference, and dear. */
    capture: z.enum(['damage', 'polling']).default('damage'),
    secrets: secretsSchema,
    /** Who else starts and ends this machine, if anybody does. */
    fleet: fleetSchema.default({ kind: 'none' }),
    /** Seconds that players get to finish when the node is to go, unless the machine is taken away sooner. */
    drainSeconds: z.number().min(0).default(120),
    /** Overrides what the games' manifests say; for tests. */
    reconnectWindowSeconds: z.number().min(0).optional(),
    /** When a game is saved by itself, in seconds: after it has left its files alone for so long, and not more often than that. */
    saves: z
      .strictObject({
        quietSeconds: z.number().min(0).default(QUIET_S),
        intervalSeconds: z.number().min(0).default(INTERVAL_S),
        restlessSeconds: z.number().min(0).default(RESTLESS_S),
      })
      .prefault({}),
    /** Whether the edge may have this node show sessions of other nodes to spectators. */
    relay: z.boolean().default(true),
    /** mediasoup worker processes; one a core when absent. */
    workers: z.int().min(1).max(256).default(availableParallelism()),
    /** `info` in service; `debug` also says what each viewer does. */
    logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  })
  .refine(config => config.rtc.minPort <= config.rtc.maxPort, {
    path: ['rtc', 'minPort'],
    error: 'must not be above maxPort',
  })
  .refine(({ signal: { port, publicUrl } }) => port !== 0 || (publicUrl?.includes('{port}') ?? true), {
    path: ['signal', 'publicUrl'],
    error: 'must contain {port} when the port is 0',
  })
  .refine(({ naming, signal }) => naming.kind === 'edge' || signal.publicUrl !== undefined, {
    path: ['signal', 'publicUrl'],
    error: 'is missing, and naming does not say that the edge gives a name',
  })
  .refine(({ naming, rtc }) => naming.kind === 'fixed' || isIP(rtc.announcedAddress ?? '') !== 0, {
    path: ['rtc', 'announcedAddress'],
    error: 'must be the public address that the name from the edge is for',
  });
export type Config = z.infer<typeof configSchema>;

/** Environment variables that override the file, with where they go and how they are read. */
const OVERRIDES: ReadonlyArray<
  readonly [name: string, path: readonly [string, string?], read: (v: string) => unknown]
> = [
  ['NEARCADE_NODE_ID', ['nodeId'], String],
  ['NEARCADE_REGION', ['region'], String],
  ['NEARCADE_EDGE_URL', ['edgeUrl'], String],
  ['NEARCADE_SIGNAL_HOST', ['signal', 'host'], String],
  ['NEARCADE_SIGNAL_PORT', ['signal', 'port'], Number],
  ['NEARCADE_SIGNAL_PUBLIC_URL', ['signal', 'publicUrl'], String],
  ['NEARCADE_RTC_LISTEN_IP', ['rtc', 'listenIp'], String],
  ['NEARCADE_RTC_ANNOUNCED_ADDRESS', ['rtc', 'announcedAddress'], String],
  ['NEARCADE_RTC_MIN_PORT', ['rtc', 'minPort'], Number],
  ['NEARCADE_RTC_MAX_PORT', ['rtc', 'maxPort'], Number],
  ['NEARCADE_SLOTS', ['slots'], Number],
  ['NEARCADE_DATA_DIR', ['dataDir'], String],
  ['NEARCADE_UID_BASE', ['uidBase'], Number],
  ['NEARCADE_DRAIN_SECONDS', ['drainSeconds'], Number],
  ['NEARCADE_RECONNECT_WINDOW_SECONDS', ['reconnectWindowSeconds'], Number],
  ['NEARCADE_LOG_LEVEL', ['logLevel'], String],
];

/** Reads and checks the configuration. Throws `config_invalid`, naming each wrong field. */
export async function loadConfig(file: string, env: NodeJS.ProcessEnv): Promise<Config> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new NearcadeError('config_invalid', `The configuration ${file} cannot be read`, { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new NearcadeError('config_invalid', `The configuration ${file} is not JSON: ${String(cause)}`, {
      cause,
    });
  }
  return parseConfig(json, env);
}

/** The configuration in `json` with the overrides of `env`, paths made absolute. Throws `config_invalid`. */
export function parseConfig(json: unknown, env: NodeJS.ProcessEnv): Config {
  const raw = parseWith(z.record(z.string(), z.unknown()), json, 'config_invalid');
  const config = parseWith(configSchema, overridden(raw, env), 'config_invalid');
  return {
    ...config,
    dataDir: resolve(config.dataDir),
    gamesDir: resolve(config.gamesDir),
    gamesBuildDir: resolve(config.gamesBuildDir),
    mediaHelper: resolve(config.mediaHelper),
  };
}

function overridden(raw: Record<string, unknown>, env: NodeJS.ProcessEnv): Record<string, unknown> {
  const result: Record<string, unknown> = { ...raw };
  for (const [name, [key, inner], read] of OVERRIDES) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    if (inner === undefined) {
      result[key] = read(value);
    } else {
      const outer = result[key];
      result[key] = { ...(typeof outer === 'object' && outer !== null ? outer : {}), [inner]: read(value) };
    }
  }
  return result;
}
