import { z } from 'zod';

/** Between node and recorder, a process of its own: its job in its argument, a line of JSON each on its standard output. */
export const recorderJobSchema = z.object({
  /** The file, without its ending. */
  path: z.string(),
  codec: z.enum(['h264', 'vp8', 'vp9', 'av1']),
  width: z.int(),
  height: z.int(),
  maxBytes: z.number(),
  maxSeconds: z.number(),
});
export type RecorderJob = z.infer<typeof recorderJobSchema>;

export const recorderEventSchema = z.discriminatedUnion('type', [
  /** Send RTP here, on loopback. */
  z.object({ type: z.literal('ready'), videoPort: z.int(), audioPort: z.int() }),
  z.object({ type: z.literal('need_key_frame') }),
  /** The first picture is here. */
  z.object({ type: z.literal('begun') }),
  /** The file is whole. Without a frame there is none. */
  z.object({
    type: z.literal('done'),
    path: z.string(),
    bytes: z.number(),
    seconds: z.number(),
    frames: z.int(),
    /** How often packets of the picture were missing: it stands still from there to the next key frame. */
    losses: z.int(),
  }),
]);
export type RecorderEvent = z.infer<typeof recorderEventSchema>;
