import { describe, expect, it } from 'vitest';
import {
  AGENT_EVENTS,
  AGENT_STATES,
  AGENT_TABLE,
  NODE_EVENTS,
  NODE_STATES,
  NODE_TABLE,
  SESSION_EVENTS,
  SESSION_STATES,
  SESSION_TABLE,
} from './lifecycles.ts';
import { statesThatTake } from './state-machine.ts';
import { legalMoves, moves } from './testing/transitions.ts';

/** Every legal move, written out again by hand: a change of a table must be made twice, on purpose. */
const LEGAL = {
  session: `requested enqueue queued, requested reserve reserved, requested end ended, requested fail failed,
    queued reserve reserved, queued end ended, queued fail failed,
    reserved start starting, reserved requeue queued, reserved end ended, reserved fail failed,
    starting play playing, starting requeue queued, starting end ended, starting fail failed,
    playing lose_players reconnecting, playing suspend suspended, playing end ended, playing fail failed,
    reconnecting return_player playing, reconnecting suspend suspended, reconnecting end ended, reconnecting fail failed,
    suspended resume queued, suspended end ended, suspended fail failed`,
  agent: `WaitingForSession session_assigned StartingGame, WaitingForSession stop Shutdown,
    StartingGame game_started PlayingGame, StartingGame game_failed Shutdown, StartingGame game_exited Shutdown,
    StartingGame player_quit Shutdown, StartingGame stop Shutdown,
    PlayingGame players_gone WaitingForReconnect, PlayingGame game_exited Shutdown, PlayingGame game_failed Shutdown,
    PlayingGame player_quit Shutdown, PlayingGame stop Shutdown,
    WaitingForReconnect player_returned PlayingGame, WaitingForReconnect window_expired Shutdown,
    WaitingForReconnect game_exited Shutdown, WaitingForReconnect game_failed Shutdown, WaitingForReconnect stop Shutdown`,
  node: `registering register ready, registering leave gone, registering lose_lease lost,
    ready register ready, ready drain draining, ready leave gone, ready lose_lease lost,
    draining register ready, draining undrain ready, draining leave gone, draining lose_lease lost,
    gone register ready, lost register ready, lost leave gone`,
};

describe('lifecycles', () => {
  it('takes each legal move of a session and refuses every other', () => {
    expect(legalMoves(SESSION_STATES, SESSION_EVENTS, SESSION_TABLE)).toEqual(moves(LEGAL.session));
  });

  it('takes each legal move of an agent and refuses every other', () => {
    expect(legalMoves(AGENT_STATES, AGENT_EVENTS, AGENT_TABLE)).toEqual(moves(LEGAL.agent));
  });

  it('takes each legal move of a node and refuses every other', () => {
    expect(legalMoves(NODE_STATES, NODE_EVENTS, NODE_TABLE)).toEqual(moves(LEGAL.node));
  });

  it('names the states that take an event', () => {
    expect(statesThatTake(SESSION_TABLE, 'play')).toEqual(['starting']);
    expect(statesThatTake(SESSION_TABLE, 'reserve')).toEqual(['requested', 'queued']);
  });
});
