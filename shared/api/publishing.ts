import { z } from 'zod';
import { BUILD_STATES, RELEASE_END_REASONS } from '../lifecycles/builds.ts';
import { channelSchema, gameSlugSchema, priceSchema } from './catalog.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuerySchema } from './page.ts';

/** Games a developer may register, and builds a game may have: far more than anybody ships, far less than would hurt. */
export const MAX_GAMES_PER_DEVELOPER = 100;
export const MAX_BUILDS_PER_GAME = 1000;

export const buildSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  version: z.string(),
  status: z.enum(BUILD_STATES),
  /** Those that show it now. */
  channels: z.array(channelSchema),
  seats: z.int().positive(),
  price: priceSchema,
  regions: z.array(z.string()),
  /** ISO 8601, as all times here. */
  createdAt: z.string(),
  publishedAt: z.string().nullable(),
  retiredAt: z.string().nullable(),
});
export type Build = z.infer<typeof buildSchema>;

export const buildDetailSchema = buildSchema.extend({
  /** With every default filled in. */
  manifest: z.record(z.string(), z.unknown()),
});

export const releaseSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  channel: channelSchema,
  version: z.string(),
  releasedAt: z.string(),
  endedAt: z.string().nullable(),
  endReason: z.enum(RELEASE_END_REASONS).nullable(),
});
export type Release = z.infer<typeof releaseSchema>;

export const ownGameSchema = z.object({
  slug: z.string(),
  title: z.string(),
  /** Null: the platform's own. */
  ownerId: z.uuid().nullable(),
  /** Whether the library shows it. */
  published: z.boolean(),
  /** Of the stable channel; before it had one, of the first build. */
  version: z.string(),
});
export type OwnGame = z.infer<typeof ownGameSchema>;

/**
 * Parsed by `parseManifest`, not here, so that a wrong field is told as `manifest_invalid` with the manifest's own words.
 */
const manifestBody = z
  .record(z.string(), z.unknown())
  .describe('A game manifest: what games/<slug>/game.json holds. `manifest_invalid` names each wrong field.');

const versionSchema = z.string().min(1).max(64);
const ofGame = z.object({ slug: gameSlugSchema });
const ofBuild = z.object({ slug: gameSlugSchema, version: versionSchema });
const publishing = { tag: 'Publishing', access: 'builds:write' } as const;

/** A developer's own games; whoever may `builds:write_all` has everybody's. Another's game answers `forbidden`. */
export const publishingApi = {
  games: endpoint({
    ...publishing,
    method: 'get',
    path: '/v1/developer/games',
    summary: 'My games, the newest first',
    query: pageQuerySchema,
    response: pageOf(ownGameSchema),
  }),
  register: endpoint({
    ...publishing,
    method: 'post',
    path: '/v1/developer/games',
    summary: 'Register a game by the manifest of its first build, which is a draft',
    idempotent: true,
    body: manifestBody,
    status: 201,
    response: buildSchema,
  }),
  builds: endpoint({
    ...publishing,
    method: 'get',
    path: '/v1/developer/games/{slug}/builds',
    summary: 'The builds of a game, the newest first',
    params: ofGame,
    query: pageQuerySchema,
    response: pageOf(buildSchema),
  }),
  build: endpoint({
    ...publishing,
    method: 'get',
    path: '/v1/developer/games/{slug}/builds/{version}',
    summary: 'A build with its manifest',
    revalidate: true,
    params: ofBuild,
    response: buildDetailSchema,
  }),
  upload: endpoint({
    ...publishing,
    method: 'put',
    path: '/v1/developer/games/{slug}/builds/{version}',
    summary: "Upload a build's manifest as a draft, or replace a draft; what was published does not change",
    params: ofBuild,
    body: manifestBody,
    response: buildSchema,
  }),
  publish: endpoint({
    ...publishing,
    method: 'post',
    path: '/v1/developer/games/{slug}/builds/{version}/publish',
    summary:
      'Show a build in a channel instead of the one there; running sessions of that one go on to their end',
    idempotent: true,
    params: ofBuild,
    body: z.object({ channel: channelSchema }),
    response: releaseSchema,
  }),
  retire: endpoint({
    ...publishing,
    method: 'post',
    path: '/v1/developer/games/{slug}/builds/{version}/retire',
    summary:
      'Take a build out of every channel for good; running sessions go on, a channel that had it has none until the next publish or roll-back',
    idempotent: true,
    params: ofBuild,
    response: buildSchema,
  }),
  rollBack: endpoint({
    ...publishing,
    method: 'post',
    path: '/v1/developer/games/{slug}/channels/{channel}/roll-back',
    summary: 'Show the build that a channel had before, unless it was retired; running sessions go on',
    idempotent: true,
    params: z.object({ slug: gameSlugSchema, channel: channelSchema }),
    response: releaseSchema,
  }),
  releases: endpoint({
    ...publishing,
    method: 'get',
    path: '/v1/developer/games/{slug}/releases',
    summary: 'What the channels of a game have shown, the newest first',
    params: ofGame,
    query: pageQuerySchema,
    response: pageOf(releaseSchema),
  }),
} as const;
