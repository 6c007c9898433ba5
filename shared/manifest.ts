import { z } from 'zod';
import { networkSchema } from './egress.ts';
import { NearcadeError } from './errors.ts';
import { boardSchema, MAX_BOARDS } from './leaderboards.ts';
import { RECONNECT_WINDOW_S } from './limits.ts';
import {
  keySchema,
  keysToPadSchema,
  padIssues,
  padsSchema,
  padToKeysSchema,
  touchSchema,
} from './manifest-input.ts';

/**
 * What a game is, how it is installed, started and played: `games/<slug>/game.json`. Whoever brings a game writes one.
 *
 * The sandbox shows the game: `/opt/games/<slug>` (this folder) and `/opt/games-build/<slug>` (what `install.build`
 * made) read-only, the home at `/home/player`, X as `:0`, PulseAudio at `$PULSE_SERVER`, `/usr` read-only, and
 * of the network what `network` lists.
 */

/** Players of one picture: what the widest local-multiplayer games seat. */
export const MAX_SEATS = 8;

/** Pixels on a side: what H.264 level 5.1 carries, and far above what a node can encode. */
const MAX_PICTURE_SIDE = 4096;
const MAX_FPS = 120;

/** A game that needs longer presses than this polls less than four times a second: an error in the manifest. */
const MAX_KEY_HOLD_MS = 250;

/** A day: past it the slot should be suspended, not held. */
const MAX_RECONNECT_WINDOW_S = 24 * 3600;

/** Arguments or variables, and characters of one: far from what the kernel takes (execve(2)), and beyond what games need. */
const MAX_WORDS = 64;
const MAX_WORD = 4096;

/** Megabytes of a home: settings, saves and caches of a game whose program is elsewhere. */
const DISK_MB = 512;
const MAX_DISK_MB = 16 * 1024;

/** Credits: a mistyped price should be refused, not charged. */
const MAX_PRICE = 1_000_000;

/** More than any map of regions has, and than anybody reads of tags. */
const MAX_REGIONS = 100;
const MAX_TAGS = 12;

/** What the sandbox sets itself; a manifest that changed these would break the game's display, sound or isolation. */
const SANDBOX_ENV: ReadonlySet<string> = new Set([
  'DISPLAY',
  'HOME',
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'PULSE_SERVER',
  'USER',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
]);

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .regex(/^[^\r\n]*$/, 'must be one line');

/** An argument or variable of a program: the kernel ends it at the first NUL. */
const word = z
  .string()
  .max(MAX_WORD)
  .regex(/^[^\0]*$/, 'must not contain NUL');

/** A path inside the folder it is relative to: no root, no way out. */
const innerPath = z
  .string()
  .regex(/^[^/\\\0][^\\\0]*$/, 'must be a relative path')
  .refine(path => !path.split('/').includes('..'), 'must not contain ".."');

const debianPackage = z
  .string()
  .regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package (Debian policy 5.6.1)');

/**
 * How the game is made from sources in its own folder. The result is seen at `/opt/games-build/<slug>`.
 * `cmake`: a folder with a CMakeLists.txt. `script`: a program, run in the game's folder with the output folder as its only argument.
 * `debian`: packages needed to build, beside those of `install.debian`.
 */
const buildSchema = z
  .strictObject({
    cmake: innerPath.optional(),
    script: innerPath.optional(),
    debian: z.array(debianPackage).default([]),
  })
  .refine(
    build => (build.cmake === undefined) !== (build.script === undefined),
    'needs either "cmake" or "script"',
  );

const seatSchema = z.strictObject({
  /**
   * `all`: every key goes to the game as it is. Otherwise a map from the KeyboardEvent.code that the player presses to
   * the one that the game sees; keys that are not in it are dropped, so that two players of a game for one keyboard
   * cannot press each other's keys.
   */
  keys: z.union([z.literal('all'), z.record(keySchema, keySchema)], {
    error: 'must be "all" or a map from KeyboardEvent codes to KeyboardEvent codes',
  }),
  /** Whether this seat moves the game's pointer. A game has one pointer: at most one seat of a game should have it. */
  pointer: z.boolean(),
  /** The controls, for people: what was seen to work. */
  hint: line(240),
  pad: padToKeysSchema.optional(),
  keysToPad: keysToPadSchema.optional(),
});

const pictureSchema = z
  .strictObject({
    /** Pixels; even, since colour is coded at half the resolution (4:2:0). */
    width: z.int().min(64).max(MAX_PICTURE_SIDE).multipleOf(2),
    height: z.int().min(64).max(MAX_PICTURE_SIDE).multipleOf(2),
    fps: z.int().min(1).max(MAX_FPS),
    /** Bounds of rate control for the picture alone. */
    minBitrateKbps: z.int().min(50),
    maxBitrateKbps: z.int().max(100_000),
    /** The codec that suits the game best: taken before the node's own, if the node can encode it so fast and the browser has it. */
    codec: z.enum(['h264', 'vp8', 'vp9', 'av1']).optional(),
  })
  .refine(picture => picture.minBitrateKbps <= picture.maxBitrateKbps, {
    path: ['minBitrateKbps'],
    error: 'must not be above maxBitrateKbps',
  });

export const gameManifestSchema = z
  .strictObject({
    /** Name in addresses and paths; the folder is called the same. */
    slug: z
      .string()
      .max(64)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
    title: line(60),
    /** One sentence, for the card. */
    summary: line(140),
    description: z.string().trim().min(1, 'must not be empty').max(2000),
    /** The build that nodes offer and sessions are matched by. */
    version: z
      .string()
      .max(64, 'must have at most 64 characters')
      .regex(/^[0-9A-Za-z][0-9A-Za-z.+~_-]*$/, 'must be letters, digits and . + ~ _ -'),
    developer: line(100),
    /** SPDX expression, or a name where SPDX has none. */
    licence: line(100),
    /** Words to find it by, beside those of title and summary. */
    tags: z
      .array(
        z
          .string()
          .max(32)
          .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens'),
      )
      .max(MAX_TAGS)
      .default([]),
    /** What the host pays: `credits` once a session, or for each minute begun of what is played in all: not while nobody is there. */
    price: z
      .strictObject({ credits: z.int().min(0).max(MAX_PRICE), per: z.enum(['session', 'minute']) })
      .default({ credits: 0, per: 'session' }),
    /** What its matches are ranked by; the game reports the scores (games/README.md). */
    leaderboards: z
      .array(boardSchema)
      .max(MAX_BOARDS)
      .refine(boards => new Set(boards.map(board => board.id)).size === boards.length, 'an id is there twice')
      .default([]),
    /** Regions that it may be played in; empty: all. */
    regions: z
      .array(
        z
          .string()
          .max(32)
          .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be the name of a region'),
      )
      .max(MAX_REGIONS)
      .default([]),
    /** An instrument of tests: in no catalogue, and on no node. */
    unlisted: z.boolean().default(false),
    art: z.strictObject({
      /** Cover picture, 16:9, beside the manifest. */
      cover: innerPath.regex(/\.(svg|webp|png|jpg)$/, 'must be an .svg, .webp, .png or .jpg file'),
      /** CSS colour that goes with the cover. */
      accent: z.string().regex(/^#[0-9a-f]{6}$/, 'must be a colour like #1a2b3c'),
    }),
    /** Program and arguments as the sandbox sees them. */
    command: z.array(word.min(1)).min(1, 'must name a program').max(MAX_WORDS),
    env: z
      .record(
        z
          .string()
          .regex(/^[A-Z_][A-Z0-9_]*$/i, 'must be the name of an environment variable')
          .max(64)
          .refine(name => !SANDBOX_ENV.has(name), 'is set by the sandbox'),
        word,
      )
      .refine(env => Object.keys(env).length <= MAX_WORDS, `must have at most ${MAX_WORDS} variables`)
      .default({}),
    install: z.strictObject({
      /** Packages that the game needs to run. */
      debian: z.array(debianPackage).default([]),
      build: buildSchema.optional(),
    }),
    seats: z.int().min(1).max(MAX_SEATS),
    input: z.strictObject({
      /** `relative`: the page locks the pointer and sends motion; `absolute`: it sends positions. */
      pointer: z.enum(['none', 'absolute', 'relative']),
      /** One a seat, in order. */
      seats: z.array(seatSchema),
      pads: padsSchema.optional(),
      touch: touchSchema.optional(),
      /** A press is held at least this long, for games that poll once a frame and lose shorter ones. */
      minimumKeyHoldMs: z.int().min(0).max(MAX_KEY_HOLD_MS).default(0),
    }),
    picture: pictureSchema,
    /** How long the game goes on while no player is there. */
    reconnectWindowSeconds: z.int().min(0).max(MAX_RECONNECT_WINDOW_S).default(RECONNECT_WINDOW_S),
    /** Files and folders of the home that hold saved games and settings. */
    savePaths: z.array(innerPath).default([]),
    /** How to tell that the game runs. `window`: it has mapped a window. */
    ready: z.literal('window'),
    /** What a node must have free for one session: the game alone, without its encoder. `cpu` in cores. */
    needs: z.strictObject({
      memoryMb: z.int().positive(),
      cpu: z.number().positive(),
      /** What its home may hold, saved games and all; a game that writes more is ended. */
      diskMb: z.int().positive().max(MAX_DISK_MB).default(DISK_MB),
    }),
    /** What it may reach of the network (egress.ts). */
    network: networkSchema,
  })
  .superRefine((manifest, context) => {
    const profiles = manifest.input.seats.length;
    if (profiles !== manifest.seats) {
      context.addIssue({
        code: 'custom',
        path: ['input', 'seats'],
        message: `must have one entry a seat: ${manifest.seats}, not ${profiles}`,
      });
    }
    for (const { path, message } of padIssues(manifest.input)) {
      context.addIssue({ code: 'custom', path: ['input', ...path], message });
    }
    for (const [index, seat] of manifest.input.seats.entries()) {
      if (seat.pointer && manifest.input.pointer === 'none') {
        context.addIssue({
          code: 'custom',
          path: ['input', 'seats', index, 'pointer'],
          message: 'must be false: the game has no pointer',
        });
      }
    }
  });

export type GameManifest = z.infer<typeof gameManifestSchema>;
export type SeatInput = GameManifest['input']['seats'][number];

/**
 * The manifest in `json` (a parsed JSON value) with every default filled in.
 * Throws `manifest_invalid`; its message names each wrong field with what is expected, and `details.issues` lists them.
 */
export function parseManifest(json: unknown): GameManifest {
  const result = gameManifestSchema.safeParse(json);
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap(issue => leaves(issue, []));
  const message = issues.map(issue => `${issue.path || 'the manifest'}: ${issue.message}`).join('; ');
  throw new NearcadeError('manifest_invalid', message, { details: { issues } });
}

interface FieldIssue {
  path: string;
  message: string;
}

/** One entry a wrong field. A union answers for the branch that came nearest, a record for each of its wrong keys. */
function leaves(issue: z.core.$ZodIssue, outer: readonly PropertyKey[]): FieldIssue[] {
  const path = [...outer, ...issue.path];
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.find(branch => branch.every(inner => inner.path.length > 0));
    if (nearest !== undefined) return nearest.flatMap(inner => leaves(inner, path));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(inner => ({ path: fieldPath(path), message: inner.message }));
  }
  return [{ path: fieldPath(path), message: issue.message }];
}

/** `input.seats[1].keys.KeyA` */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`),
    '',
  );
}
