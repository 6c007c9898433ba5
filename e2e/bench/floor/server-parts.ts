import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '#local/platform.ts';
import { readProcesses } from '../cpu.ts';
import { mean } from '../stats.ts';
import { readMetrics, valuesOf } from './metrics.ts';
import { XPresses } from './x-presses.ts';

/** The helper's figures are those of its last second. */
const LOOK_MS = 1000;

/** What the server's parts took of each press, while they were watched. */
export interface ServerParts {
  /** When presses reached the game's display, ms of CLOCK_MONOTONIC. */
  pressedAt: readonly number[];
  /** Means, ms: taking what changed off the screen, with its conversion; and encoding a frame. */
  grabMs: number;
  encodeMs: number;
}

/** Watches a session of a node from the machine itself: its display for presses, its figures for grab and encode. */
export class ServerPartsWatch {
  readonly #presses: XPresses[];
  readonly #metricsUrl: string;
  readonly #grabs: number[] = [];
  readonly #encodes: number[] = [];
  readonly #timer: NodeJS.Timeout;

  private constructor(presses: XPresses[], metricsUrl: string) {
    this.#presses = presses;
    this.#metricsUrl = metricsUrl;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** Once the game shows its window. */
  static async start(platform: Platform): Promise<ServerPartsWatch> {
    const displays = displaysOf(platform.nodePid);
    const presses = await Promise.all(displays.map(env => XPresses.start(env)));
    return new ServerPartsWatch(presses, metricsUrl(platform));
  }

  end(): ServerParts {
    clearInterval(this.#timer);
    for (const one of this.#presses) one.close();
    return {
      pressedAt: this.#presses.flatMap(({ heard }) => heard).sort((a, b) => a - b),
      grabMs: mean(this.#grabs),
      encodeMs: mean(this.#encodes),
    };
  }

  async #look(): Promise<void> {
    try {
      const text = await readMetrics(this.#metricsUrl);
      const take = (name: string, into: number[]) => {
        // A second without a frame has no figure.
        for (const seconds of valuesOf(text, name)) if (seconds > 0) into.push(seconds * 1000);
      };
      take('nearcade_session_grab_seconds', this.#grabs);
      take('nearcade_session_encode_seconds', this.#encodes);
    } catch {
      // The node ends: what was seen counts.
    }
  }
}

/** The displays of a node's slots, as its media helpers are told of them. */
function displaysOf(nodePid: number): NodeJS.ProcessEnv[] {
  const displays = readProcesses()
    .filter(({ parent }) => parent === nodePid)
    .map(({ pid }) => {
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      return Object.fromEntries(
        variables.filter(one => /^(DISPLAY|XAUTHORITY)=/.test(one)).map(one => one.split(/=(.*)/s)),
      ) as NodeJS.ProcessEnv;
    })
    .filter(({ DISPLAY, XAUTHORITY }) => DISPLAY !== undefined && XAUTHORITY !== undefined);
  const unique = new Map(displays.map(env => [env.DISPLAY, env]));
  if (unique.size === 0) throw new Error('The node has no display.');
  return [...unique.values()];
}

/** It takes any free port, and logs which. */
function metricsUrl(platform: Platform): string {
  const log = readFileSync(join(platform.paths.logs, 'media-node.log'), 'utf8');
  const line = log.split('\n').findLast(one => one.includes('figures and health are served'));
  if (line === undefined) throw new Error('The node serves no figures.');
  return `http://127.0.0.1:${JSON.parse(line).port}/metrics`;
}
