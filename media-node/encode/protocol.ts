import { z } from 'zod';

/** JSON lines between the node and the native media helper: commands on its stdin, events on its stdout. */

const port = z.int().min(1).max(65535);

export const helperCommandSchema = z.discriminatedUnion('cmd', [
  z.object({
    cmd: z.literal('start'),
    /** The part of the screen that is the picture, from its upper left corner. */
    width: z.int().positive(),
    height: z.int().positive(),
    fps: z.number().positive(),
    video: z.object({
      codec: z.enum(['h264', 'vp8']),
      bitrateKbps: z.int().positive(),
      /** On 127.0.0.1; RTP and RTCP share it. */
      port,
      ssrc: z.int(),
      payloadType: z.int(),
      /** Header extension id of playout-delay, stamped 0/0. */
      playoutDelayId: z.int(),
    }),
    audio: z.object({ port, ssrc: z.int(), payloadType: z.int() }),
  }),
  z.object({ cmd: z.literal('keyframe') }),
  z.object({ cmd: z.literal('bitrate'), kbps: z.int().positive() }),
  z.object({ cmd: z.literal('fps'), fps: z.number().positive() }),
  z.object({ cmd: z.literal('pause') }),
  z.object({ cmd: z.literal('resume') }),
  /** A press was given to the game: the next change answers it. */
  z.object({ cmd: z.literal('input') }),
  z.object({ cmd: z.literal('stopStream') }),
  z.object({ cmd: z.literal('stop') }),
]);
export type HelperCommand = z.infer<typeof helperCommandSchema>;

export const helperEventSchema = z.discriminatedUnion('event', [
  z.looseObject({ event: z.literal('ready') }),
  z.looseObject({ event: z.literal('started') }),
  z.looseObject({ event: z.literal('firstFrame') }),
  z.looseObject({ event: z.literal('firstChange') }),
  z.looseObject({ event: z.literal('stats') }),
  z.looseObject({ event: z.literal('error'), message: z.string() }),
  z.looseObject({ event: z.literal('stopped') }),
]);
export type HelperEvent = z.infer<typeof helperEventSchema>;
