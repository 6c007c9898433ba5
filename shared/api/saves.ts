import { z } from 'zod';
import { gameSlugSchema } from './catalog.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery } from './page.ts';

/** Bytes of one save, packed: far above what games keep, and put up in seconds when a node is drained. */
export const SAVE_MAX_BYTES = 64 * 1024 * 1024;

/** Slots a player has for one game. */
export const SAVE_SLOTS_MAX = 8;

/** Bytes of all saves of a player. */
export const SAVES_TOTAL_MAX_BYTES = 512 * 1024 * 1024;

/** Uploads of a player that may be under way at once: each session has one or two. */
export const SAVE_UPLOADS_MAX = 8;

/** Seconds that a link to put a save up is good for: 64 MiB at 1 Mbit/s. */
export const SAVE_UPLOAD_TTL_S = 10 * 60;

/** Seconds that a link to a save is good for: it is followed at once. */
export const SAVE_DOWNLOAD_TTL_S = 2 * 60;

/** Builds of which a slot keeps a save: the newest ones, so that a build that is rolled back finds its own. */
export const SAVE_BUILDS_KEPT = 2;

/** Seconds after a session's end in which its node may still put its save up. */
export const SAVE_AFTER_END_S = 120;

/** Seconds after a session's end, or its loss, in which what waits on its node's disk may still be put up: an outage of a night. */
export const SAVE_LATE_S = 24 * 3600;

/** Where a save goes that comes when the game went on without it: it takes no newer one's place. */
export const RECOVERED_SAVE_SLOT = 'recovered';

/** Several of one game beside each other. */
export const saveSlotSchema = z
  .string()
  .max(32)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');

/** The slot of sessions that do not say another. */
export const DEFAULT_SAVE_SLOT = 'auto';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hexadecimal');

export const saveSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  slot: saveSlotSchema,
  /** The build that wrote it. */
  buildVersion: z.string(),
  /** Bytes. */
  size: z.int().positive(),
  sha256: sha256Schema,
  savedAt: z.iso.datetime(),
});
export type Save = z.infer<typeof saveSchema>;

/** A presigned address: the request must be made just so, before `expiresAt`. */
export const saveLinkSchema = z.object({
  method: z.enum(['GET', 'PUT']),
  url: z.url(),
  /** Headers that must be sent with exactly these values. */
  headers: z.record(z.string(), z.string()),
  expiresAt: z.iso.datetime(),
});
export type SaveLink = z.infer<typeof saveLinkSchema>;

/** The session that a node holds, with the epoch it was given: another node, or this one for an older epoch, is refused. */
const held = { sessionId: z.uuid(), epoch: z.int().positive() };

export const beginSaveRequestSchema = z.object({
  ...held,
  /** Without one: the session's own. */
  slot: saveSlotSchema.optional(),
  size: z.int().min(1).max(SAVE_MAX_BYTES),
  sha256: sha256Schema,
});
export type BeginSaveRequest = z.output<typeof beginSaveRequestSchema>;

const nodeSaves = { tag: 'Nodes: saves', access: 'node' } as const;
const saveParams = z.object({ id: z.uuid() });

/**
 * For nodes. A node puts a save up in three steps: `begin`, the PUT that it answers, `complete`. Until the third has answered the
 * save before is the good one. It does that before it reports a session's end: what comes later than SAVE_LATE_S is refused, and what
 * comes late goes to RECOVERED_SAVE_SLOT when the game has gone on without it.
 */
export const nodeSavesApi = {
  begin: endpoint({
    ...nodeSaves,
    method: 'post',
    path: '/node/v1/saves',
    summary: 'A presigned link to put up a save of a session that this node holds',
    body: beginSaveRequestSchema,
    status: 201,
    /** Without `upload` those bytes lie there already: complete it. */
    response: z.object({ saveId: z.uuid(), upload: saveLinkSchema.nullable() }),
  }),
  complete: endpoint({
    ...nodeSaves,
    method: 'post',
    path: '/node/v1/saves/{id}/complete',
    summary: 'Make a save that was put up the good one of its slot; done twice it stays so',
    params: saveParams,
    body: z.object(held),
    response: saveSchema,
  }),
  newest: endpoint({
    ...nodeSaves,
    method: 'get',
    path: '/node/v1/saves/newest',
    summary: 'What a session that this node holds begins with: a save and a presigned link to it, or null',
    query: z.object({ sessionId: z.uuid(), epoch: z.coerce.number().int().positive() }),
    response: z.object({ save: saveSchema.extend({ download: saveLinkSchema }).nullable() }),
  }),
} as const;

const saves = { tag: 'Saves', access: 'player' } as const;

/** For players: their own saves. */
export const savesApi = {
  list: endpoint({
    ...saves,
    method: 'get',
    path: '/v1/saves',
    summary: 'My saved games, the newest first',
    revalidate: true,
    query: z.object({ game: gameSlugSchema.optional(), ...pageQuery }),
    response: pageOf(saveSchema),
  }),
  download: endpoint({
    ...saves,
    method: 'get',
    path: '/v1/saves/{id}/download',
    summary: 'A presigned link to one of my saves',
    params: saveParams,
    response: saveLinkSchema,
  }),
  delete: endpoint({
    ...saves,
    method: 'delete',
    path: '/v1/saves/{id}',
    summary: 'Delete one of my saves',
    params: saveParams,
  }),
} as const;
