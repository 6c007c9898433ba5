import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadEnvironment } from '#deploy/environment.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { PlatformPorts } from './platform.ts';

const LOCAL = loadEnvironment('local');
const DEFAULT_WEB_PORT = Number(new URL(LOCAL.publicUrl).port);
const DEFAULT_SLOTS = LOCAL.node.slots;

export const USAGE = `npm start [-- options]
  --port N     port of the web page (default ${DEFAULT_WEB_PORT}; or NEARCADE_PORT)
  --slots N    games at the same time (default ${DEFAULT_SLOTS}; or NEARCADE_SLOTS)
  --fresh      begin anew: accounts, sessions and saved games are removed
Other ports are any that are free, unless set: NEARCADE_POSTGRES_PORT, NEARCADE_REDIS_PORT, NEARCADE_NEON_PORT,
NEARCADE_UPSTASH_PORT, NEARCADE_OBJECTS_PORT, NEARCADE_SIGNAL_PORT.`;

/** The ports that a variable may fix. */
const FIXED = [
  { key: 'postgres', variable: 'NEARCADE_POSTGRES_PORT', what: 'PostgreSQL' },
  { key: 'redis', variable: 'NEARCADE_REDIS_PORT', what: 'Redis' },
  { key: 'neon', variable: 'NEARCADE_NEON_PORT', what: 'the Neon shim' },
  { key: 'upstash', variable: 'NEARCADE_UPSTASH_PORT', what: 'the Upstash shim' },
  { key: 'objects', variable: 'NEARCADE_OBJECTS_PORT', what: 'the object store' },
  { key: 'signal', variable: 'NEARCADE_SIGNAL_PORT', what: "the media node's WebSocket" },
] as const satisfies readonly { key: keyof PlatformPorts; variable: string; what: string }[];

export interface StartOptions {
  help: boolean;
  fresh: boolean;
  slots: number;
  ports: PlatformPorts & { web: number };
  /** The ports that were fixed, to look whether they are free. */
  fixed: { port: number; what: string; variable: string }[];
}

const portSchema = z.coerce.number().int().min(1).max(65535);
const slotsSchema = z.coerce.number().int().min(1).max(64);

/** Reads the command line, and the environment where that says nothing. Throws `invalid_request` in one sentence. */
export function parseStartOptions(args: readonly string[], env: NodeJS.ProcessEnv): StartOptions {
  const given = parse(args);
  const fixed = FIXED.flatMap(({ key, variable, what }) => {
    const value = env[variable];
    if (value === undefined || value === '') return [];
    return [{ key, what, variable, port: read(portSchema, variable, value) }];
  });
  return {
    help: given.help ?? false,
    fresh: given.fresh ?? false,
    slots: read(slotsSchema, '--slots', given.slots ?? env.NEARCADE_SLOTS ?? DEFAULT_SLOTS),
    ports: {
      web: read(portSchema, '--port', given.port ?? env.NEARCADE_PORT ?? DEFAULT_WEB_PORT),
      ...Object.fromEntries(fixed.map(({ key, port }) => [key, port])),
    },
    fixed,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        fresh: { type: 'boolean' },
        port: { type: 'string', short: 'p' },
        slots: { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new NearcadeError('invalid_request', `${(cause as Error).message}\n${USAGE}`, { cause });
  }
}

function read<T>(schema: z.ZodType<T>, name: string, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new NearcadeError('invalid_request', `${name} can't be ${JSON.stringify(value)}.\n${USAGE}`);
}
