import { strictEqual } from 'node:assert';
import fc from 'fast-check';
import { sandboxCommand } from '#media-node/host/sandbox.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type GameManifest, parseManifest } from '#shared/manifest.ts';
import { loadManifests } from '../../games/install.ts';
import { type FuzzOptions, isUnderWay } from './options.ts';

export interface FuzzedManifests {
  runs: number;
  /** Of them, those that were taken. */
  taken: number;
}

/** More changes to one manifest find no more: the first wrong field refuses it. */
const MAX_CHANGES = 4;

const RUNS_A_ROUND = 100;

/** Values that have broken parsers, paths, command lines and addresses before. */
const ODD_VALUES: readonly unknown[] = [
  ...[
    '',
    ' ',
    '\0',
    'a\0--bind\0/\0/',
    '..',
    '../..',
    '/',
    '/etc/shadow',
    'a/../../b',
    './a',
    'a//b',
    '-rf',
    '$(id)',
  ],
  ...['__proto__', 'constructor', 'toString', '\ud800', '\u202e', 'x'.repeat(100_000), 'a-'.repeat(10_000)],
  ...[
    '0.0.0.0/0',
    '169.254.169.254',
    '::1',
    '1.1.1.1/16',
    '0x7f.1',
    '127.1',
    'a.example',
    `${'a.'.repeat(200)}example`,
  ],
  ...[0, -0, -1, 1.5, 1e308, 2 ** 31, 2 ** 53, true, false, null, [], {}, [[]], [null], nested(2_000)],
];

function nested(depth: number): unknown {
  let value: unknown = 'deep';
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { value };
  return value;
}

interface Change {
  /** Which of the manifest's fields, in the order of `placesOf`. */
  place: number;
  kind: 'replace' | 'remove' | 'add';
  name: string;
  value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(),
  kind: fc.constantFrom('replace', 'replace', 'remove', 'add'),
  name: fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'LD_PRELOAD', 'LD_AUDIT', 'PATH', 'A', 'egress', 'host'),
  ),
  value: fc.oneof(fc.constantFrom(...ODD_VALUES), fc.jsonValue({ maxDepth: 3 })),
});

type Holder = Record<string, unknown>;

/** So many places to change are enough, and finding more takes long in what is deep. */
const MAX_PLACES = 500;

/** The first fields of a JSON value, as they are written: what holds each, and its name there. By a list, since a value may be deeper than calls may be. */
function placesOf(root: Holder): [Holder, string][] {
  const places: [Holder, string][] = [];
  const fieldsOf = (holder: Holder) => Object.keys(holder).map((key): [Holder, string] => [holder, key]);
  const ahead = fieldsOf(root).reverse();
  while (places.length < MAX_PLACES) {
    const place = ahead.pop();
    if (place === undefined) break;
    places.push(place);
    const value = place[0][place[1]];
    if (typeof value === 'object' && value !== null) ahead.push(...fieldsOf(value as Holder).reverse());
  }
  return places;
}

function changed(manifest: unknown, changes: readonly Change[]): unknown {
  const root: Holder = { manifest: structuredClone(manifest) };
  for (const { place, kind, name, value: odd } of changes) {
    // A later change may go into it; in itself it would make no JSON.
    const value = structuredClone(odd);
    const places = placesOf(root);
    const [holder, key] = places[place % places.length] ?? [root, 'manifest'];
    if (kind === 'replace') holder[key] = value;
    else if (kind === 'remove') delete holder[key];
    else if (!(Array.isArray(holder) && name === 'length'))
      Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return root.manifest;
}

/** Throws what is wrong with how the manifest was taken or refused; whether it was taken. */
function check(json: unknown, plainOptions: number): boolean {
  let manifest: GameManifest;
  try {
    manifest = parseManifest(json);
  } catch (error) {
    if (error instanceof NearcadeError && error.code === 'manifest_invalid') return false;
    throw error;
  }
  // What was taken is what the catalogue keeps, and is taken again.
  const kept = JSON.stringify(manifest);
  strictEqual(JSON.stringify(parseManifest(JSON.parse(kept))), kept);
  const { argv, options } = sandboxOf(manifest);
  if (argv.some(word => word.includes('\0'))) throw new Error('NUL in a command line');
  if (options !== plainOptions) throw new Error('the manifest added an option to the sandbox');
  return true;
}

/** The sandbox of a game: its command line, and how many options bwrap is given. */
function sandboxOf(manifest: GameManifest): { argv: string[]; options: number } {
  const { argv, options } = sandboxCommand({
    user: { uid: 64_000, gid: 64_000, separate: true },
    manifest,
    gameDir: '/game',
    buildDir: '/build',
    homeDir: '/home',
    displaySocket: '/display',
    cookiePath: '/cookie',
    pulseSocket: '/pulse',
    runtimeDir: '/runtime',
    passwdPath: '/passwd',
    groupPath: '/group',
  });
  return { argv, options: options.toString().split('\0').length };
}

/**
 * Takes the manifests of this project's games apart and puts odd values in. Each is taken whole or refused with
 * `manifest_invalid`, and none that is taken changes its own sandbox. Throws what broke this, and how to have it again
 * (a manifest may be nested too deeply to be shown).
 */
export async function fuzzManifests(options: FuzzOptions): Promise<FuzzedManifests> {
  const manifests = (await loadManifests()).map(({ manifest }) => manifest);
  const first = manifests[0];
  if (first === undefined) throw new Error('there is no game');
  const plainOptions = sandboxOf(first).options;
  let [taken, runs] = [0, 0];
  const property = fc.property(
    fc.constantFrom(...manifests),
    fc.array(change, { maxLength: MAX_CHANGES }),
    (manifest, changes) => {
      if (check(changed(manifest, changes), plainOptions)) taken++;
    },
  );
  const begun = performance.now();
  for (let round = 0; isUnderWay(options, begun, runs); round++) {
    const result = fc.check(property, { seed: options.seed + round, numRuns: RUNS_A_ROUND });
    if (result.failed)
      throw new Error(
        `seed ${result.seed}, path ${result.counterexamplePath}: ${shown(result.errorInstance)}`,
      );
    runs += result.numRuns;
  }
  return { runs, taken };
}

function shown(error: unknown): string {
  return error instanceof Error ? `${error.stack}` : String(error);
}
