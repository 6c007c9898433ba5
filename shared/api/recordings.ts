import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery } from './page.ts';
import { saveLinkSchema } from './saves.ts';

/** Bytes of one recording: what S3 takes in one PUT at most (5 GiB), an evening at 2.5 Mbit/s. */
export const RECORDING_MAX_BYTES = 5 * 1024 ** 3;

/** Seconds of one recording: an evening. */
export const RECORDING_MAX_S = 4 * 3600;

/** Bytes of all recordings of a player. */
export const RECORDINGS_TOTAL_MAX_BYTES = 20 * 1024 ** 3;

/** Seconds that a recording is kept for its host: a week, in which they fetch what they want to have. */
export const RECORDING_KEEP_S = 7 * 24 * 3600;

/** Seconds after a session's end in which its node may still put a recording up: an outage of a night. */
export const RECORDING_LATE_S = 24 * 3600;

/** Seconds that a link to put one up is good for: the largest at 12 Mbit/s. */
export const RECORDING_UPLOAD_TTL_S = 3600;

/** Seconds that a link to one is good for: a download that broke off goes on with it. */
export const RECORDING_DOWNLOAD_TTL_S = 3600;

export const RECORDING_MEDIA_TYPES = ['video/mp4', 'video/webm'] as const;

export const recordingSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  gameTitle: z.string(),
  mediaType: z.enum(RECORDING_MEDIA_TYPES),
  /** Bytes. */
  size: z.int().positive(),
  seconds: z.number(),
  /** When it was complete in the store. */
  recordedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Recording = z.infer<typeof recordingSchema>;

const held = { sessionId: z.uuid(), epoch: z.int().positive() };

export const beginRecordingSchema = z.object({
  ...held,
  /** Given by the node: asked for again with the same one it is the same recording. */
  id: z.uuid(),
  /** Who recorded: the session's host at that time. */
  userId: z.uuid(),
  mediaType: z.enum(RECORDING_MEDIA_TYPES),
  size: z.int().min(1).max(RECORDING_MAX_BYTES),
  seconds: z
    .number()
    .min(0)
    .max(RECORDING_MAX_S + 60),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'SHA-256 in lower-case hexadecimal'),
});
export type BeginRecording = z.output<typeof beginRecordingSchema>;

const nodeRecordings = { tag: 'Nodes: recordings', access: 'node' } as const;
const params = z.object({ id: z.uuid() });

/** For nodes: `begin`, the PUT that it answers, `complete`. */
export const nodeRecordingsApi = {
  begin: endpoint({
    ...nodeRecordings,
    method: 'post',
    path: '/node/v1/recordings',
    summary: 'A presigned link to put up a recording of a session that this node holds or held',
    body: beginRecordingSchema,
    status: 201,
    /** Without `upload` it lies there already. */
    response: z.object({ upload: saveLinkSchema.nullable() }),
  }),
  complete: endpoint({
    ...nodeRecordings,
    method: 'post',
    path: '/node/v1/recordings/{id}/complete',
    summary: 'Show a recording that was put up to its host; done twice it stays so',
    params,
    body: z.object(held),
  }),
} as const;

const recordings = { tag: 'Recordings', access: 'player' } as const;

/** For players: what they have recorded as hosts. */
export const recordingsApi = {
  list: endpoint({
    ...recordings,
    method: 'get',
    path: '/v1/recordings',
    summary: 'My recordings, the newest first',
    query: z.object(pageQuery),
    response: pageOf(recordingSchema),
  }),
  download: endpoint({
    ...recordings,
    method: 'get',
    path: '/v1/recordings/{id}/download',
    summary: 'A presigned link to one of my recordings',
    params,
    response: saveLinkSchema,
  }),
  delete: endpoint({
    ...recordings,
    method: 'delete',
    path: '/v1/recordings/{id}',
    summary: 'Delete one of my recordings',
    params,
  }),
} as const;
