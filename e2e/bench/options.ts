import { parseArgs } from 'node:util';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';
import { isLinkName, LINK_PROFILES, type LinkName } from './link/profiles.ts';
import { SCENES, type Scene } from './targets/target.ts';

export const TARGETS = ['nearcade', 'novnc', 'xpra'] as const;
export type TargetName = (typeof TARGETS)[number];

export const USAGE = `npm run bench:latency [-- options]
  --targets A,B     of ${TARGETS.join(', ')} (default all)
  --scenes A,B      of ${SCENES.join(', ')} (default all)
  --links A,B       of ${Object.keys(LINK_PROFILES).join(', ')} (default all; all but none need root)
  --n N             presses in each scene (default 40)
  --seed N          of the moments of the presses and of the links' losses (default 1)
  --out FILE        where the JSON goes (default .nearcade/bench/latency-<date>.json)
  --url URL         also measure a system that runs already and plays the probe or anything else by itself (link none only)
  --selector CSS    its <video> or <canvas> (default "video, canvas")
  --pids N,N        its server's processes, whose trees' processor time is counted
  --key CODE        KeyboardEvent.code that it gets (default F1)
  --block X,Y       where the press shows, parts 0 to 1 of its picture (default: where the probe shows it)`;

export interface UrlOptions {
  url: string;
  selector: string;
  pids: number[];
  key: string;
  /** Parts 0 to 1 of the picture; undefined: the probe is shown. */
  block: { x: number; y: number } | undefined;
}

export interface BenchOptions {
  help: boolean;
  targets: TargetName[];
  scenes: Scene[];
  links: LinkName[];
  n: number;
  seed: number;
  out: string | undefined;
  url: UrlOptions | undefined;
}

const count = z.coerce.number().int().min(1);
const part = z.coerce.number().min(0).max(1);

/** Reads the command line. Throws `invalid_request` in one sentence. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const { values } = parse(args);
  return {
    help: values.help ?? false,
    targets: list('--targets', values.targets, TARGETS),
    scenes: list('--scenes', values.scenes, SCENES),
    links: list('--links', values.links, Object.keys(LINK_PROFILES).filter(isLinkName)),
    n: read(count, '--n', values.n ?? 40),
    seed: read(count, '--seed', values.seed ?? 1),
    out: values.out,
    url:
      values.url === undefined
        ? undefined
        : {
            url: read(z.url(), '--url', values.url),
            selector: values.selector ?? 'video, canvas',
            pids: (values.pids ?? '')
              .split(',')
              .flatMap(pid => (pid === '' ? [] : [read(count, '--pids', pid)])),
            key: values.key ?? 'F1',
            block: values.block === undefined ? undefined : place(values.block),
          },
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const texts = [
    'targets',
    'scenes',
    'links',
    'n',
    'seed',
    'out',
    'url',
    'selector',
    'pids',
    'key',
    'block',
  ] as const;
  type Texts = Record<(typeof texts)[number], typeof text>;
  const options = Object.fromEntries(texts.map(name => [name, text])) as Texts;
  try {
    return parseArgs({ args: [...args], options: { ...options, help: { type: 'boolean', short: 'h' } } });
  } catch (cause) {
    throw new NearcadeError('invalid_request', `${(cause as Error).message}\n${USAGE}`, { cause });
  }
}

function list<T extends string>(option: string, value: string | undefined, all: readonly T[]): T[] {
  if (value === undefined) return [...all];
  const names = value.split(',').filter(name => name !== '');
  return names.map(name => read(z.literal(all), option, name));
}

function place(value: string): { x: number; y: number } {
  const [x, y] = value.split(',');
  return { x: read(part, '--block', x), y: read(part, '--block', y) };
}

function read<T>(schema: z.ZodType<T>, option: string, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new NearcadeError('invalid_request', `${option} can't be ${JSON.stringify(value)}.\n${USAGE}`);
}
