import { join } from 'node:path';
import { BENCH_DIR } from '../run.ts';
import { gamesMarks, gamesResultSchema, pollingMarks, pollingResultSchema } from './marks/cost.ts';
import { cutMarks, cutResultSchema, dropMarks, dropResultSchema } from './marks/link.ts';
import type { MediaMark } from './marks/mark.ts';
import { pressMarks, pressResultSchema, wanMarks } from './marks/press.ts';
import {
  clickMarks,
  clickResultSchema,
  crowdMarks,
  crowdResultSchema,
  soundMarks,
  soundResultSchema,
} from './marks/session.ts';

/** One part of `bench:media`: a program of its own, and the marks that its result is held against. */
export interface Part {
  /** Beside this folder's parent. */
  program: string;
  args: readonly string[];
  /** Where it leaves its result; absent: its last line is it. */
  file?: string;
  marks: (result: unknown) => MediaMark[];
}

export interface PartOptions {
  /** Presses a scene on loopback, and on the lossy links: with fewer than a hundred, p99 is the slowest of all. */
  n: string;
  wanN: string;
  scenes: string;
  soundSeconds: string;
}

/** In the order in which they are run. */
export const PART_NAMES = ['press', 'wan', 'drop', 'cut', 'click', 'sound', 'crowd', 'cost', 'cpu'] as const;
export type PartName = (typeof PART_NAMES)[number];

export function partOf(name: PartName, options: PartOptions): Part {
  switch (name) {
    case 'press':
      return latency('press', ['nearcade', 'novnc'], ['none'], options.n, options.scenes, pressMarks);
    case 'wan':
      return latency(
        'wan',
        ['nearcade'],
        ['none', 'wan-0.5', 'wan-1'],
        options.wanN,
        options.scenes,
        wanMarks,
      );
    case 'drop':
      return { program: 'drop.ts', args: [], marks: json => dropMarks(dropResultSchema.parse(json)) };
    case 'cut':
      return { program: 'media/cut.ts', args: [], marks: json => cutMarks(cutResultSchema.parse(json)) };
    case 'click':
      return { program: 'click.ts', args: [], marks: json => clickMarks(clickResultSchema.parse(json)) };
    case 'sound':
      return {
        program: 'media/sound.ts',
        args: ['--seconds', options.soundSeconds],
        marks: json => soundMarks(soundResultSchema.parse(json)),
      };
    case 'crowd':
      return {
        program: 'media/crowd.ts',
        args: [],
        marks: json => crowdMarks(crowdResultSchema.parse(json)),
      };
    case 'cost':
      return {
        program: 'media/cost.ts',
        args: [],
        marks: json => pollingMarks(pollingResultSchema.parse(json)),
      };
    case 'cpu':
      return {
        program: 'media/cpu-games.ts',
        args: [],
        marks: json => gamesMarks(gamesResultSchema.parse(json)),
      };
  }
}

function latency(
  name: string,
  targets: string[],
  links: string[],
  n: string,
  scenes: string,
  marks: typeof pressMarks,
): Part {
  const file = join(BENCH_DIR, `media-${name}.json`);
  return {
    program: 'latency.ts',
    args: [
      ...['--targets', targets.join(','), '--links', links.join(','), '--scenes', scenes],
      ...['--n', n, '--out', file],
    ],
    file,
    marks: json => marks(pressResultSchema.parse(json)),
  };
}
