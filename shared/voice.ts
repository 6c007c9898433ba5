import { z } from 'zod';
import { errorCodeSchema } from './errors.ts';

/**
 * Voice between the members of a session, over the signalling socket. It has transports of its own, opened when
 * somebody first speaks or listens: what becomes of them is never felt in the game's picture and sound.
 */

/** Microphones that are open at once in a session: more is no talk any more, and each listener hears them all. */
export const VOICE_MAX_VOICES = 16;

/** Bits a second that a microphone is asked to send: wideband speech in mono with forward error correction (RFC 7587). */
export const VOICE_BITRATE = 32_000;

/**
 * Bits a second, everything on the wire counted, above which a microphone is closed: four times what speech with its
 * headers takes, so that what a network has held back and lets go at once is forgiven.
 */
export const VOICE_MAX_BITRATE = 200_000;

/** Milliseconds between looks at who speaks: quick enough for a ring to follow words, slow enough to cost nothing. */
export const VOICE_SPEAKING_INTERVAL_MS = 200;

/** mediasoup's own parameter objects: the node checks them, so that what is wrong gets an answer and not a cut socket. */
const opaque = z.looseObject({});
const request = { id: z.int().nonnegative() };

/** A voice is one open microphone: its producer's id. */
const voiceId = z.string().min(1).max(64);

/** What a page asks for. Each gets a `response`. */
export const voiceRequestSchemas = [
  /** A transport to hear others on, or one for one's own microphone. Asked again, it replaces the one before. */
  z.object({ type: z.literal('openVoice'), ...request, direction: z.enum(['listen', 'speak']) }),
  /** Somebody's voice, from now on. Held: nothing flows yet. */
  z.object({
    type: z.literal('hearVoice'),
    ...request,
    voiceId,
    rtpCapabilities: opaque,
    held: z.boolean(),
  }),
  /** Stops or goes on with a voice that is heard: while it is held no byte of it comes. */
  z.object({ type: z.literal('holdVoice'), ...request, voiceId, held: z.boolean() }),
  /** Opens one's own microphone: Opus alone, one stream. */
  z.object({ type: z.literal('speak'), ...request, rtpParameters: opaque, muted: z.boolean() }),
  z.object({ type: z.literal('muteMic'), ...request, muted: z.boolean() }),
  z.object({ type: z.literal('stopSpeaking'), ...request }),
  /** The host mutes a member for all, or ends that. It holds when they come back. */
  z.object({ type: z.literal('muteMember'), ...request, userId: z.uuid(), muted: z.boolean() }),
  /** The host lets those who watch speak, or no longer. */
  z.object({ type: z.literal('letSpectatorsSpeak'), ...request, allowed: z.boolean() }),
] as const;

export const voiceSchema = z.object({
  voiceId,
  userId: z.uuid(),
  displayName: z.string(),
  /** Null: watches. */
  seat: z.int().positive().nullable(),
  /** By themselves. */
  muted: z.boolean(),
});
export type Voice = z.infer<typeof voiceSchema>;

/** What the node tells by itself. */
export const voiceNoticeSchemas = [
  /** All that can be heard, whenever it changes. */
  z.object({
    type: z.literal('voices'),
    voices: z.array(voiceSchema),
    /** Members whom the host has muted, whether their microphone is open or not. */
    hostMuted: z.array(z.uuid()),
    spectatorsSpeak: z.boolean(),
    /** Whether the reader may open a microphone. */
    maySpeak: z.boolean(),
  }),
  /** Who is heard right now, when that changes; `active` is who leads the talk. */
  z.object({ type: z.literal('speaking'), userIds: z.array(z.uuid()), active: z.uuid().nullable() }),
  /** The node closed the reader's microphone. */
  z.object({ type: z.literal('voiceClosed'), code: errorCodeSchema, message: z.string() }),
  /** All voice transports are gone (their worker died): they are to be opened anew. */
  z.object({ type: z.literal('voiceReset') }),
] as const;

const voiceRequestSchema = z.discriminatedUnion('type', voiceRequestSchemas);
export type VoiceRequest = z.infer<typeof voiceRequestSchema>;
export type VoicesNotice = z.infer<(typeof voiceNoticeSchemas)[0]>;
export type SpeakingNotice = z.infer<(typeof voiceNoticeSchemas)[1]>;
export type VoiceNotice = z.infer<(typeof voiceNoticeSchemas)[number]>;
