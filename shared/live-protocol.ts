import { z } from 'zod';
import { presencePlaceSchema } from './api/presence.ts';
import { CUT_REASONS, liveEventSchema } from './live.ts';

/**
 * The envelope of the player's live socket: JSON, one message a frame, to `GET /v1/live`. What it carries is in
 * shared/live.ts.
 *
 * The access token is the second WebSocket subprotocol, since a browser sets no headers on a WebSocket: the Worker checks it
 * like any other, without a store, before a Durable Object is woken, and it stands in no address and so in no log of
 * addresses. The first subprotocol names this protocol and is the one that the server chooses.
 *
 * Order: a player's events have one order, their `seq`, the same on every device. A device gets each at most once if it drops
 * a `seq` that it has had; after a short loss it says in `hello` what it had last and gets the rest, without gaps, or `resumed:
 * false`: then it reads what it shows afresh.
 */
export const LIVE_PROTOCOL = 1;
export const LIVE_SUBPROTOCOL = 'nearcade.live.1';
/** Before the access token in the subprotocol that carries it. */
export const LIVE_TOKEN_PREFIX = 'bearer.';

/** Seconds between a client's pings. The runtime answers them without waking the hub. */
export const LIVE_HEARTBEAT_S = 25;
/** Seconds without a pong after which a client takes its socket for dead. */
export const LIVE_PONG_TIMEOUT_S = 10;
/** Seconds without anything from a client after which the hub does. Browsers slow a hidden page's timers to one a minute. */
export const LIVE_SILENT_S = 150;

/** Seconds that the events of a player are kept after the last socket went: a reload, a tunnel, a lift. */
export const LIVE_RESUME_WINDOW_S = 120;
/** Events that are kept to be resumed from; who has missed more reads its state afresh. */
export const LIVE_BUFFER_EVENTS = 200;
/** Characters of one event: a chat message or an announcement of its greatest length is a quarter of it. */
export const LIVE_EVENT_MAX_CHARS = 8 * 1024;
/** Characters of one client message: the longest is a `renew` with its token. */
export const LIVE_CLIENT_MAX_CHARS = 6 * 1024;
/** Messages that a client may send at once, and then one a second; pings do not count. */
export const LIVE_CLIENT_BURST = 20;
/** Sockets of one player; every open page is a device. */
export const LIVE_MAX_DEVICES = 12;
/** Seconds after its access token has run out that a socket waits for a `renew`. */
export const LIVE_TOKEN_GRACE_S = 60;

/** Exactly these, so that the runtime knows them. */
export const LIVE_PING = '{"type":"ping"}';
export const LIVE_PONG = '{"type":"pong"}';

/**
 * Close codes (RFC 6455, 7.4.2: 4000 to 4999 are ours) and what a client then does. Every other code, 1006 first of all, is a
 * loss: come back and resume.
 */
export const LIVE_CLOSE = {
  /** A message that is not valid here. A fault of the client: stop. */
  protocol: 4000,
  /** The access token has run out: refresh, come back. */
  tokenExpired: 4001,
  /** The sign-in has ended; the reason is a CutReason. Refresh, which says whether there is another. */
  cut: 4002,
  /** The same device has opened another socket: stop. */
  replaced: 4003,
  /** The player has LIVE_MAX_DEVICES open: come back later. */
  tooManyDevices: 4004,
  /** Too many messages, or too long ones: come back later. */
  tooFast: 4005,
  /** It takes less than is sent, or was silent: come back. */
  slow: 4006,
  /** It speaks another version of this protocol: reload the page. */
  outdated: 4007,
} as const;
export type LiveCloseCode = (typeof LIVE_CLOSE)[keyof typeof LIVE_CLOSE];

export const liveClientMessageSchema = z.discriminatedUnion('type', [
  /** The first message, within seconds. */
  z.object({
    type: z.literal('hello'),
    protocol: z.int(),
    /** The client's own, the same for as long as a page lives. */
    deviceId: z.string().regex(/^[\w-]{8,64}$/),
    /** The stream and the last event that this client has had of it. */
    resume: z.object({ streamId: z.uuid(), seq: z.int().nonnegative() }).nullable(),
    place: presencePlaceSchema,
    /** The region that the client measured as its nearest, if it has. */
    region: z
      .string()
      .regex(/^[\w-]{1,40}$/)
      .nullable(),
  }),
  /** A fresh access token of the same player, before the last one runs out. */
  z.object({ type: z.literal('renew'), token: z.string().min(1).max(4096) }),
  /** Where the player is on this device. */
  z.object({ type: z.literal('place'), place: presencePlaceSchema }),
  z.object({ type: z.literal('ping') }),
]);
export type LiveClientMessage = z.infer<typeof liveClientMessageSchema>;

export const liveServerMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.int(),
    streamId: z.uuid(),
    /** Of the newest event. */
    seq: z.int().nonnegative(),
    /** What was missed follows. False: nothing of it does, read everything afresh. */
    resumed: z.boolean(),
    heartbeatSeconds: z.int().positive(),
  }),
  z.object({
    type: z.literal('event'),
    seq: z.int().positive(),
    /** ISO 8601. */
    at: z.string(),
    event: liveEventSchema,
  }),
  /** The new access token is good. */
  z.object({ type: z.literal('renewed') }),
  z.object({ type: z.literal('pong') }),
  /** The server is about to close the socket with this code and reason. */
  z.object({ type: z.literal('closing'), code: z.int(), reason: z.string() }),
]);
export type LiveServerMessage = z.infer<typeof liveServerMessageSchema>;

/** The reason of a close with `LIVE_CLOSE.cut`. */
export const cutReasonSchema = z.enum(CUT_REASONS);
