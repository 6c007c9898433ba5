import { z } from 'zod';
import type { TransitionTable } from './state-machine.ts';

/** A session as the control plane and its API see it (DESIGN: Lifecycles). */
export const SESSION_STATES = [
  'requested',
  'queued',
  'reserved',
  'starting',
  'playing',
  'reconnecting',
  'suspended',
  'ended',
  'failed',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];
export const sessionStateSchema = z.enum(SESSION_STATES);

export const SESSION_EVENTS = [
  'enqueue',
  'reserve',
  'start',
  'play',
  'lose_players',
  'return_player',
  'suspend',
  'resume',
  'requeue',
  'end',
  'fail',
] as const;
export type SessionEvent = (typeof SESSION_EVENTS)[number];

/**
 * `suspend` and `resume`: the node was lost while the game was played, and its save goes on elsewhere. `requeue`: it was lost
 * before anything was played, so that another node can take its place.
 */
export const SESSION_TABLE: TransitionTable<SessionState, SessionEvent> = {
  requested: { enqueue: 'queued', reserve: 'reserved', end: 'ended', fail: 'failed' },
  queued: { reserve: 'reserved', end: 'ended', fail: 'failed' },
  reserved: { start: 'starting', requeue: 'queued', end: 'ended', fail: 'failed' },
  starting: { play: 'playing', requeue: 'queued', end: 'ended', fail: 'failed' },
  playing: { lose_players: 'reconnecting', suspend: 'suspended', end: 'ended', fail: 'failed' },
  reconnecting: { return_player: 'playing', suspend: 'suspended', end: 'ended', fail: 'failed' },
  suspended: { resume: 'queued', end: 'ended', fail: 'failed' },
  ended: {},
  failed: {},
};

/** States in which a session holds its slot and its seats. */
export const LIVE_SESSION_STATES = [
  'reserved',
  'starting',
  'playing',
  'reconnecting',
] as const satisfies SessionState[];

/** The session's agent on the media node. */
export const AGENT_STATES = [
  'WaitingForSession',
  'StartingGame',
  'PlayingGame',
  'WaitingForReconnect',
  'Shutdown',
] as const;
export type AgentState = (typeof AGENT_STATES)[number];

export const AGENT_EVENTS = [
  'session_assigned',
  'game_started',
  'game_failed',
  'game_exited',
  'players_gone',
  'player_returned',
  'window_expired',
  'player_quit',
  'stop',
] as const;
export type AgentEvent = (typeof AGENT_EVENTS)[number];

/**
 * A game that has started is played, also when every player left while it started: PlayingGame then notices at
 * once that nobody is there and moves on, so that one rule decides.
 */
export const AGENT_TABLE: TransitionTable<AgentState, AgentEvent> = {
  WaitingForSession: { session_assigned: 'StartingGame', stop: 'Shutdown' },
  StartingGame: {
    game_started: 'PlayingGame',
    game_failed: 'Shutdown',
    game_exited: 'Shutdown',
    player_quit: 'Shutdown',
    stop: 'Shutdown',
  },
  PlayingGame: {
    players_gone: 'WaitingForReconnect',
    game_exited: 'Shutdown',
    game_failed: 'Shutdown',
    player_quit: 'Shutdown',
    stop: 'Shutdown',
  },
  WaitingForReconnect: {
    player_returned: 'PlayingGame',
    window_expired: 'Shutdown',
    game_exited: 'Shutdown',
    game_failed: 'Shutdown',
    stop: 'Shutdown',
  },
  Shutdown: {},
};

/** A media node as the control plane sees it. */
export const NODE_STATES = ['registering', 'ready', 'draining', 'gone', 'lost'] as const;
export type NodeState = (typeof NODE_STATES)[number];
export const nodeStateSchema = z.enum(NODE_STATES);

export const NODE_EVENTS = ['register', 'drain', 'undrain', 'leave', 'lose_lease'] as const;
export type NodeEvent = (typeof NODE_EVENTS)[number];

/** A node that was lost or has left registers anew, with a new boot. */
export const NODE_TABLE: TransitionTable<NodeState, NodeEvent> = {
  registering: { register: 'ready', leave: 'gone', lose_lease: 'lost' },
  ready: { register: 'ready', drain: 'draining', leave: 'gone', lose_lease: 'lost' },
  draining: { register: 'ready', undrain: 'ready', leave: 'gone', lose_lease: 'lost' },
  gone: { register: 'ready' },
  lost: { register: 'ready', leave: 'gone' },
};

/** Why a session ended: told to the players, kept in its history. */
export const END_REASONS = [
  'game_exited',
  'game_crashed',
  'game_over_limits',
  'game_failed_to_start',
  'player_quit',
  'reconnect_window_expired',
  'node_draining',
  'node_shutdown',
  'node_lost',
  'host_failed',
  'restore_failed',
  'reservation_expired',
  'queue_left',
  'credits_exhausted',
  'room_dissolved',
  'operator_ended',
] as const;
export type EndReason = (typeof END_REASONS)[number];
export const endReasonSchema = z.enum(END_REASONS);

/** Ends that are the platform's or the game's fault: the session counts as failed. */
export const FAILURE_REASONS: readonly EndReason[] = [
  'game_crashed',
  'game_over_limits',
  'game_failed_to_start',
  'node_lost',
  'host_failed',
  'restore_failed',
];
