/** Times and sizes that edge, node and browser must agree on, each with its reason. */

/** Sessions at a time that a machine of ours can have: each slot has an account, which media-node/image/parts/system.sh makes. */
export const MACHINE_SLOTS_MAX = 64;

/** Seconds a ticket is good for: long enough for a slow phone to open a socket, short enough to be worth nothing when leaked. */
export const TICKET_TTL_S = 30;

/** Seconds by which clocks of edge and node may differ before a fresh ticket is refused. */
export const TICKET_CLOCK_SKEW_S = 5;

/** Seconds a slot is held for a player who has not reached the node yet; the node's first event ends the reservation. */
export const RESERVATION_TTL_S = 15;

/** Seconds a slot is held for players who have waited for it: their page may be in the background and wakes up slowly. */
export const RESERVATION_AFTER_QUEUE_S = 30;

/**
 * Seconds a place in the queue is kept without a sign of life: a reload, or a short way through a tunnel. Longer than a minute,
 * since browsers run the timers of a hidden page once a minute.
 */
export const QUEUE_KEEP_S = 90;

/** Seconds between a waiting player's questions about their place: they are its sign of life. */
export const QUEUE_ASK_S = 5;

/** Seconds a game goes on without any player, unless its manifest says otherwise. */
export const RECONNECT_WINDOW_S = 120;

/** Seconds after its last heartbeat that a node is taken to be alive. Three heartbeats may get lost. */
export const NODE_LEASE_S = 15;
export const NODE_HEARTBEAT_S = 4;

/** Seconds that presence lasts in Redis without being renewed, which each connected player's hub does twice in that time. */
export const PRESENCE_TTL_S = 150;
export const PRESENCE_REFRESH_S = 60;

/** Seconds an access token is good for: revocation of the refresh token bites after this at the latest. */
export const ACCESS_TOKEN_TTL_S = 600;

/** Seconds for which the published keys may be cached: a new key is published longer than that before it signs. */
export const JWKS_MAX_AGE_S = 300;

/** Seconds a refresh token is good for when unused. */
export const REFRESH_TOKEN_TTL_S = 30 * 24 * 3600;

/** Seconds in which a rotated refresh token still works: two tabs refresh at the same moment. */
export const REFRESH_GRACE_S = 10;

/** Seconds for which having shown who one is counts for the acts that a stolen tab must not do. */
export const PROOF_TTL_S = 15 * 60;

/** Spectators of one session on one node: some workers' worth of streams on a small machine. More go to relays. */
export const MAX_SPECTATORS = 250;

/** Bytes of one signalling message: an SDP-sized capability list is 10 kB. */
export const SIGNAL_MAX_BYTES = 64 * 1024;

/** Bytes of a request to the public API; no body of ours comes near it. */
export const API_MAX_BYTES = 64 * 1024;

/** Bytes of a request from a node: a registration with a thousand games is 150 kB. */
export const NODE_API_MAX_BYTES = 256 * 1024;

/**
 * Input messages that one seat may send on each channel, a second and at once after a pause; more are dropped. `keys`: all ten
 * fingers, a wheel and a pad at 60 Hz come to a third of it. `motion`: a 1 kHz mouse, and a pad's sticks. `again`: the
 * copies of what goes over `keys`.
 */
export const INPUT_RATES = {
  keys: { perSecond: 400, burst: 200 },
  motion: { perSecond: 1300, burst: 400 },
  again: { perSecond: 400, burst: 200 },
} as const;

/** Code points of text a second, and at once: ten times what anybody types, and a paragraph that was pasted. */
export const TEXT_RATE = { perSecond: 60, burst: 600 } as const;

/** Messages above their rate within a second after which nothing of this sender is looked at until the second is over. */
export const INPUT_FLOOD_PER_S = 500;

/** Such seconds, none of them a minute after the one before, after which the sender is cut off. */
export const INPUT_FLOOD_SECONDS = 3;

/** Malformed messages after which the sender is cut off: a page of ours never sends one, a page of an older build a few. */
export const INPUT_MAX_MALFORMED = 50;

/** Seconds between a client's signalling pings, and without any after which the node drops the socket. */
export const SIGNAL_PING_S = 5;
export const SIGNAL_TIMEOUT_S = 15;
