import { z } from 'zod';
import { errorCodeSchema } from './errors.ts';
import { INPUT_CHANNELS } from './input.ts';
import { layoutIdSchema } from './keyboard-layouts.ts';
import { endReasonSchema } from './lifecycles.ts';
import { touchSchema } from './manifest-input.ts';
import { MAX_PADS, RUMBLE_MAX } from './pads.ts';
import { qualityBoundsSchema } from './quality.ts';
import { saveNewsSchemas, saveRequestSchemas } from './save-signal.ts';
import { seatRightsSchema } from './seat-rights.ts';
import { roleSchema } from './ticket.ts';
import { voiceNoticeSchemas, voiceRequestSchemas } from './voice.ts';

/**
 * The player's WebSocket to the media node: JSON, one message a frame. The client's first message is `hello` with its
 * ticket; the node answers `welcome` with everything needed to open the transports, so that the first picture takes
 * two round trips. `id` pairs a request with its `response`.
 */
export const SIGNAL_PROTOCOL = 1;

/** WebSocket close codes (RFC 6455: 4000-4999 are ours). The reason is the error or end code. */
export const CLOSE = { ended: 4000, refused: 4001, replaced: 4002, draining: 4003, protocol: 4004 } as const;

/** mediasoup's own parameter objects: passed on as they are, checked by mediasoup on one side and mediasoup-client on the other. */
const opaque = z.looseObject({});

/** What a browser says of one of its decoders (W3C Media Capabilities), for the picture of this session. */
export const decoderReportSchema = z.object({
  codec: z.enum(['h264', 'vp8', 'vp9', 'av1']),
  smooth: z.boolean(),
  powerEfficient: z.boolean(),
});
export type DecoderReport = z.infer<typeof decoderReportSchema>;

const request = { id: z.int().nonnegative() };

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.literal(SIGNAL_PROTOCOL), ticket: z.string().max(4096) }),
  z.object({
    type: z.literal('connectTransport'),
    ...request,
    transportId: z.string(),
    dtlsParameters: opaque,
  }),
  /** Asks for a consumer of each of the session's producers. */
  z.object({
    type: z.literal('consume'),
    ...request,
    rtpCapabilities: opaque,
    decoders: z.array(decoderReportSchema).max(8).optional(),
  }),
  z.object({
    type: z.literal('produceData'),
    ...request,
    channel: z.enum(INPUT_CHANNELS),
    sctpStreamParameters: opaque,
  }),
  z.object({ type: z.literal('restartIce'), ...request, transportId: z.string() }),
  z.object({ type: z.literal('requestKeyFrame') }),
  /** A player's own bounds of the picture, in place of those that they set before. Others' wishes count for nothing. */
  z.object({ type: z.literal('quality'), bounds: qualityBoundsSchema }),
  ...voiceRequestSchemas,
  ...saveRequestSchemas,
  /** Ends the session for all when its host says it; leaves the seat otherwise. */
  z.object({ type: z.literal('quit') }),
  /** What the player's keys say. The host's counts, for all keyboards of the session: a display has one layout. */
  z.object({ type: z.literal('keyboardLayout'), layout: layoutIdSchema }),
  z.object({ type: z.literal('ping'), sentAt: z.number() }),
  /** Begins or ends the recording of picture and sound: the host's alone. */
  z.object({ type: z.literal('record'), ...request, on: z.boolean() }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type ClientRequest = Extract<ClientMessage, { id: number }>;

export const transportSchema = z.object({
  id: z.string(),
  iceParameters: opaque,
  iceCandidates: z.array(opaque),
  dtlsParameters: opaque,
  sctpParameters: opaque.optional(),
});
export type TransportInfo = z.infer<typeof transportSchema>;

export const consumerSchema = z.object({
  id: z.string(),
  producerId: z.string(),
  kind: z.enum(['audio', 'video']),
  rtpParameters: opaque,
});
export type ConsumerInfo = z.infer<typeof consumerSchema>;

/** Phases as a player sees them. */
export const phaseSchema = z.enum(['starting', 'playing', 'waiting']);
export type Phase = z.infer<typeof phaseSchema>;

export const seatStatusSchema = z.object({
  seat: z.int().positive(),
  displayName: z.string(),
  connected: z.boolean(),
});

const motor = z.int().min(0).max(RUMBLE_MAX);

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.literal(SIGNAL_PROTOCOL),
    sessionId: z.uuid(),
    role: roleSchema,
    seat: z.int().positive().nullable(),
    /** Whether this player decides about the session: their quit ends it. */
    host: z.boolean(),
    phase: phaseSchema,
    /** Whether this player's game is saved, and they may ask for it. */
    saves: z.boolean(),
    picture: z.object({ width: z.int(), height: z.int(), fps: z.number() }),
    pointer: z.enum(['none', 'absolute', 'relative']),
    /** KeyboardEvent.code values that this seat's keys take; null: all. */
    keys: z.array(z.string()).nullable(),
    /** Whether a gamepad plays at this seat. */
    pad: z.boolean(),
    /** What lies on a touch screen; null: it follows from `keys`. */
    touch: touchSchema.nullable(),
    /** What this seat may do; a spectator nothing. */
    rights: seatRightsSchema,
    routerRtpCapabilities: opaque,
    recvTransport: transportSchema,
    /** Null for spectators: they send nothing. */
    sendTransport: transportSchema.nullable(),
  }),
  z.discriminatedUnion('ok', [
    z.object({ type: z.literal('response'), ...request, ok: z.literal(true), data: opaque }),
    z.object({
      type: z.literal('response'),
      ...request,
      ok: z.literal(false),
      error: z.object({ code: errorCodeSchema, message: z.string() }),
    }),
  ]),
  z.object({ type: z.literal('phase'), phase: phaseSchema }),
  z.object({ type: z.literal('seats'), seats: z.array(seatStatusSchema), spectators: z.int() }),
  /** The player has another place now; picture and sound go on. */
  z.object({
    type: z.literal('place'),
    role: roleSchema,
    seat: z.int().positive().nullable(),
    host: z.boolean(),
    pointer: z.enum(['none', 'absolute', 'relative']),
    keys: z.array(z.string()).nullable(),
    pad: z.boolean(),
    touch: touchSchema.nullable(),
    rights: seatRightsSchema,
    /** As in `welcome`. Of another id than before, they take the place of those, which go on until picture and sound come by the new ones. */
    recvTransport: transportSchema,
    sendTransport: transportSchema.nullable(),
  }),
  /** What this seat may do was changed; what it held without the right is released. */
  z.object({ type: z.literal('rights'), rights: seatRightsSchema }),
  /** The game took or released the mouse: the page locks or frees the pointer. */
  z.object({ type: z.literal('pointerLock'), locked: z.boolean() }),
  /** To who plays the pad: how the motors in that hand turn from now on (shared/pads.ts), until the next of these, or three seconds. */
  z.object({
    type: z.literal('rumble'),
    hand: z
      .int()
      .min(0)
      .max(MAX_PADS - 1),
    low: motor,
    high: motor,
  }),
  /**
   * To the host, who has several pads at their page: the seats whose pads those in hand 1, 2 and so on play from now on (shared/input.ts);
   * null: none, for want of a free seat, or since there is no pad in that hand.
   */
  z.object({
    type: z.literal('pads'),
    seats: z.array(z.int().positive().nullable()).max(MAX_PADS - 1),
  }),
  /** The node is going away. `deadline` is milliseconds since 1970; null: it stays after all. */
  z.object({ type: z.literal('draining'), deadline: z.number().nullable() }),
  ...voiceNoticeSchemas,
  /** To who watches by a relay: it has lost the session's node and looks for it again. The socket closes when it has found it. */
  z.object({ type: z.literal('relayLost') }),
  /** Who records the session, since when (milliseconds since 1970); null: nobody. Told to all, also to who comes later. */
  z.object({ type: z.literal('recording'), by: z.string().nullable(), since: z.number().nullable() }),
  ...saveNewsSchemas,
  z.object({ type: z.literal('ended'), reason: endReasonSchema }),
  /** So many input messages did not pass since this was said last; `code` is of the newest of them. */
  z.object({ type: z.literal('inputRefused'), code: errorCodeSchema, count: z.int() }),
  z.object({ type: z.literal('refused'), code: errorCodeSchema, message: z.string() }),
  z.object({ type: z.literal('pong'), sentAt: z.number() }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type Welcome = Extract<ServerMessage, { type: 'welcome' }>;

/** The payloads of `response.data`, by request. */
export const consumeResponseSchema = z.object({ consumers: z.array(consumerSchema) });
/** `whepViewers`: who watches by standard players, which may not show that the session is recorded. */
export const recordResponseSchema = z.object({ whepViewers: z.int() });
export const produceDataResponseSchema = z.object({ dataProducerId: z.string() });
export const restartIceResponseSchema = z.object({ iceParameters: opaque });
export const openVoiceResponseSchema = z.object({
  transport: transportSchema,
  routerRtpCapabilities: opaque,
});
export const hearVoiceResponseSchema = z.object({ consumer: consumerSchema });
export const speakResponseSchema = z.object({ voiceId: z.string() });
