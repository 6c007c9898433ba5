import { z } from 'zod';

/**
 * Between a relay and its session's node: JSON over a WebSocket, one message a frame. Each spectator of the relay has a channel in it that
 * carries the messages of shared/signal.ts as they are, so that the session knows them like any other; picture and sound go over a
 * pair of PipeTransports, encrypted (SRTP), each once.
 */
export const RELAY_PROTOCOL = 1;

/** Bytes of one message: a signalling message in an envelope. */
export const RELAY_MAX_BYTES = 160 * 1024;

/** Seconds between pings, and without a word after which either side takes the other to be gone. */
export const RELAY_PING_S = 1.5;
export const RELAY_TIMEOUT_S = 5;

/** mediasoup's own parameter objects: checked by mediasoup on the other side. */
const opaque = z.looseObject({});

/** One end of the pipe. */
export const pipeEndSchema = z.object({
  ip: z.string().min(1).max(255),
  port: z.int().min(1).max(65535),
  srtpParameters: z.object({
    cryptoSuite: z.enum([
      'AEAD_AES_256_GCM',
      'AEAD_AES_128_GCM',
      'AES_CM_128_HMAC_SHA1_80',
      'AES_CM_128_HMAC_SHA1_32',
    ]),
    keyBase64: z.string().max(256),
  }),
});
export type PipeEnd = z.infer<typeof pipeEndSchema>;

const channel = z.int().nonnegative();

export const fromRelaySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.literal(RELAY_PROTOCOL),
    ticket: z.string().max(4096),
    pipe: pipeEndSchema,
  }),
  /** Another spectator; their own hello follows in the channel. */
  z.object({ type: z.literal('open'), channel }),
  z.object({ type: z.literal('message'), channel, text: z.string() }),
  z.object({ type: z.literal('close'), channel }),
  z.object({ type: z.literal('ping') }),
]);
export type FromRelay = z.infer<typeof fromRelaySchema>;

const streamSchema = z.object({ rtpParameters: opaque });

export const fromOriginSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), pipe: pipeEndSchema }),
  /** What comes through the pipe from now on, instead of what came before. */
  z.object({ type: z.literal('streams'), video: streamSchema, audio: streamSchema }),
  z.object({ type: z.literal('message'), channel, text: z.string() }),
  z.object({ type: z.literal('close'), channel, code: z.int(), reason: z.string() }),
  z.object({ type: z.literal('refused'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('pong') }),
]);
export type FromOrigin = z.infer<typeof fromOriginSchema>;
