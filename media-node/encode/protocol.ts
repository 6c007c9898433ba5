import { z } from 'zod';

/** JSON lines between the node and the native media helper: commands on its stdin, events on its stdout. */

/** Where RTP goes, and RTCP with it (RFC 5761). */
const targetSchema = z.object({
  host: z.string(),
  port: z.int().min(1).max(65535),
  ssrc: z.int().positive(),
  payloadType: z.int().min(0).max(127),
});

export const helperCommandSchema = z.discriminatedUnion('cmd', [
  z.object({
    cmd: z.literal('start'),
    video: targetSchema.extend({
      codec: z.enum(['h264', 'vp8']),
      /** Pixels, even: the part of the screen that is the picture, from its upper left corner. */
      width: z.int().positive(),
      height: z.int().positive(),
      fps: z.int().positive(),
      bitrateKbps: z.int().positive(),
      /** Encoder threads; as many as suit the machine when absent. */
      threads: z.int().min(1).max(8).optional(),
      /** One-byte header extension id (RFC 8285) of playout-delay, stamped 0/0; 0: none. */
      playoutDelayExtId: z.int().min(0).max(14),
    }),
    audio: targetSchema
      .extend({
        /** PulseAudio source. */
        source: z.string(),
        bitrateKbps: z.int().min(6).max(510),
      })
      .nullable(),
  }),
  z.object({ cmd: z.literal('keyframe') }),
  z.object({ cmd: z.literal('bitrate'), kbps: z.int().positive() }),
  z.object({ cmd: z.literal('fps'), value: z.int().positive() }),
  z.object({ cmd: z.literal('pause') }),
  z.object({ cmd: z.literal('resume') }),
  /** A press was given to the game: the next change answers it. */
  z.object({ cmd: z.literal('input') }),
  z.object({ cmd: z.literal('stopStream') }),
  z.object({ cmd: z.literal('stop') }),
]);
export type HelperCommand = z.infer<typeof helperCommandSchema>;

export const helperEventSchema = z.discriminatedUnion('ev', [
  z.looseObject({ ev: z.literal('ready'), version: z.string(), codecs: z.array(z.string()) }),
  z.looseObject({ ev: z.literal('started') }),
  z.looseObject({ ev: z.literal('firstFrame') }),
  z.looseObject({ ev: z.literal('firstChange') }),
  z.looseObject({ ev: z.literal('screen') }),
  z.looseObject({ ev: z.literal('stats') }),
  /** `fatal`: the helper ends. */
  z.looseObject({ ev: z.literal('error'), code: z.string(), message: z.string(), fatal: z.boolean() }),
  z.looseObject({ ev: z.literal('stopped') }),
]);
export type HelperEvent = z.infer<typeof helperEventSchema>;
