import { z } from 'zod';

/**
 * JSON lines between the node and the native media helper: commands on its stdin, events on its stdout. What they do
 * is told in native/README.md; the limits are those of native/src/command.c.
 */

/** Kilobits a second. */
const bitrateSchema = z.int().min(50).max(100_000);

/** Frames a second. */
const fpsSchema = z.int().min(1).max(240);

/** Percent of a picture's width and height. */
const scaleSchema = z.int().min(25).max(100);

/** Where RTP goes, and RTCP with it (RFC 5761). */
const targetSchema = z.object({
  /** A numeric address. */
  host: z.string(),
  port: z.int().min(1).max(65535),
  ssrc: z.int().min(1).max(0xffffffff),
  payloadType: z.int().min(0).max(127),
});

export const helperCommandSchema = z.discriminatedUnion('cmd', [
  z.object({
    cmd: z.literal('start'),
    video: targetSchema.extend({
      codec: z.enum(['h264', 'vp8', 'vp9', 'av1']),
      /** Which of that codec's (`encodersSchema`); the software one when absent, and when this one cannot be opened any more. */
      encoder: z.string().max(15).optional(),
      /** Pixels, even: the part of the screen that is the picture, from its upper left corner. */
      width: z.int().min(16).max(4096).multipleOf(2),
      height: z.int().min(16).max(4096).multipleOf(2),
      fps: fpsSchema,
      bitrateKbps: bitrateSchema,
      /** Of both sides, from the captured picture to the one that is sent; 100 when absent. */
      scalePercent: scaleSchema.optional(),
      /** The whole picture is grabbed and encoded at each tick of `fps`, changed or not: to measure what damage saves. */
      polling: z.boolean().optional(),
      /** Encoder threads; as many as suit codec and machine when absent. */
      threads: z.int().min(1).max(8).optional(),
      /** One-byte header extension id (RFC 8285) of playout-delay, stamped 0/0; 0: none. */
      playoutDelayExtId: z.int().min(0).max(14),
      /** The same of AV1's dependency descriptor. */
      dependencyDescriptorExtId: z.int().min(1).max(14).optional(),
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
  z.object({ cmd: z.literal('bitrate'), kbps: bitrateSchema }),
  z.object({ cmd: z.literal('fps'), value: fpsSchema }),
  z.object({ cmd: z.literal('pause') }),
  z.object({ cmd: z.literal('resume') }),
  /** A key frame comes of it. */
  z.object({ cmd: z.literal('scale'), percent: scaleSchema }),
  /** Percent of the bitrate that goes into packets sent twice. */
  z.object({ cmd: z.literal('repeats'), percent: z.int().min(0).max(100) }),
  /** A press was given to the game: the next change answers it. */
  z.object({ cmd: z.literal('input') }),
  /** Asks for a `pong`. */
  z.object({ cmd: z.literal('ping') }),
  z.object({ cmd: z.literal('stopStream') }),
  z.object({ cmd: z.literal('stop') }),
]);
export type HelperCommand = z.infer<typeof helperCommandSchema>;

/** Of about the last second; times are means in milliseconds where nothing else is said. */
const statsSchema = z.looseObject({
  ev: z.literal('stats'),
  frames: z.int(),
  /** Those whose picture differs from the one before; the others refine it, or keep the stream alive. */
  changedFrames: z.int(),
  keyFrames: z.int(),
  fps: z.number(),
  /** RTP, with headers. */
  bytes: z.int(),
  kbps: z.number(),
  /** Waiting for the X server's pixels. */
  grabMs: z.number(),
  /** Conversion to I420 and comparison with the last picture. */
  convertMs: z.number(),
  encodeMs: z.number(),
  /** From hearing of a change until its last packet was sent. */
  damageToSentMs: z.object({ p50: z.number(), p95: z.number() }),
  /** Redraws that changed nothing. */
  skipped: z.int(),
  /** Frames that the encoder left out to keep the bitrate. */
  dropped: z.int(),
  packets: z.int(),
  retransmitted: z.int(),
  /** Sent twice without being asked. */
  repeated: z.int(),
  sendErrors: z.int(),
  /** Of the whole process, all threads. */
  cpuMs: z.number(),
  audio: z
    .looseObject({
      packets: z.int(),
      bytes: z.int(),
      /** Loudest sample, 0 to 1. */
      peak: z.number(),
      sendErrors: z.int(),
    })
    .nullable(),
});
export type HelperStats = z.infer<typeof statsSchema>;

/** A line of `nearcade-media --probe`: an encoder that really encoded a few frames of 640x360 on this machine. */
export const encoderSchema = z.looseObject({
  codec: z.enum(['h264', 'vp8', 'vp9', 'av1']),
  encoder: z.string(),
  hardware: z.boolean(),
  msPerFrame: z.number().nonnegative(),
});

export const helperEventSchema = z.discriminatedUnion('ev', [
  z.looseObject({ ev: z.literal('ready'), version: z.string(), codecs: z.array(z.string()) }),
  z.looseObject({ ev: z.literal('started'), encoder: z.string() }),
  z.looseObject({ ev: z.literal('firstFrame') }),
  z.looseObject({ ev: z.literal('firstChange') }),
  /** RandR gave the screen another size. */
  z.looseObject({ ev: z.literal('screen'), width: z.int(), height: z.int() }),
  statsSchema,
  /** `fatal`: the helper ends. */
  z.looseObject({ ev: z.literal('error'), code: z.string(), message: z.string(), fatal: z.boolean() }),
  z.looseObject({ ev: z.literal('stopped') }),
  z.looseObject({ ev: z.literal('pong') }),
]);
export type HelperEvent = z.infer<typeof helperEventSchema>;
