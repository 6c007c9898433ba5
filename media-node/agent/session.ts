import { randomUUID } from 'node:crypto';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import { MAX_SPECTATORS } from '#shared/limits.ts';
import type { Rumble } from '#shared/pads.ts';
import { CLOSE, type Phase, type ServerMessage } from '#shared/signal.ts';
import type { Role } from '#shared/ticket.ts';
import type { Clock } from '../clock.ts';
import type { InstalledGame } from '../games.ts';
import { Pace } from '../pace.ts';
import type { Participant } from './participant.ts';
import { Seating } from './seating.ts';
import { SofaPads } from './sofa-pads.ts';

/** The part of an event that only its sender knows. */
export type SessionEventBody = NodeEvent extends infer Event
  ? Event extends NodeEvent
    ? Omit<Event, 'id' | 'sessionId' | 'epoch' | 'seq' | 'at'>
    : never
  : never;

export interface SessionOptions {
  id: string;
  epoch: number;
  game: InstalledGame;
  /** Who opened it: the game's home is theirs, whoever is the host now. */
  hostUserId: string;
  reconnectWindowSeconds: number;
  /** Takes the session's events on their way to the edge. */
  onEvent: (event: NodeEvent) => void;
  clock: Clock;
}

/** What the edge decides about somebody's place. */
export type Place = Pick<Participant, 'role' | 'seat' | 'host' | 'seating'>;

/** One session on this node: who is there, which phase it is in, what the edge was told. */
export class Session {
  readonly id: string;
  readonly epoch: number;
  readonly game: InstalledGame;
  readonly hostUserId: string;
  readonly reconnectWindowSeconds: number;
  /** What each seat may do. */
  readonly seating = new Seating();
  /** What the host's page plays beside its own pad. */
  readonly sofa: SofaPads;
  readonly #onEvent: (event: NodeEvent) => void;
  readonly #clock: Clock;
  readonly #participants = new Map<string, Participant>();
  /** Who has each seat, also while they are not connected. */
  readonly #seats = new Map<number, Pick<Participant, 'userId' | 'displayName' | 'seating'>>();
  readonly #seatsPace: Pace;
  #phase: Phase = 'starting';
  #seq = 0;
  #ended = false;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.epoch = options.epoch;
    this.game = options.game;
    this.hostUserId = options.hostUserId;
    this.reconnectWindowSeconds = options.reconnectWindowSeconds;
    this.#onEvent = options.onEvent;
    this.#clock = options.clock;
    this.sofa = new SofaPads({
      pads: options.game.manifest.input.pads?.max ?? 0,
      people: () => this.#participants.values(),
      userOf: seat => this.userOf(seat),
      seating: this.seating,
      tell: (userId, message) => this.tell(userId, message),
    });
    this.#seatsPace = new Pace({
      clock: options.clock,
      listeners: () => this.#participants.size,
      tell: () => this.broadcast(this.#seatsNow()),
    });
  }

  get phase(): Phase {
    return this.#phase;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Players that are connected. */
  get players(): number {
    return [...this.#participants.values()].filter(({ role }) => role === 'player').length;
  }

  /** Who is connected to this node. */
  get viewers(): number {
    return [...this.#participants.values()].filter(({ relayedBy }) => relayedBy === undefined).length;
  }

  /** This node has no room for another spectator. */
  get isCrowded(): boolean {
    return this.viewers - this.players >= MAX_SPECTATORS;
  }

  /** Who watches by a standard player, which need not show what is told to all. */
  get standardPlayers(): number {
    return [...this.#participants.values()].filter(({ unlisted }) => unlisted === true).length;
  }

  /** Who watches, here or by a relay. */
  get #spectators(): number {
    return this.#participants.size - this.players;
  }

  /** Throws `spectators_full`, or `seats_taken` for a seat that the game does not have. */
  checkRoomFor(participant: Participant): void {
    if (participant.seat !== null && participant.seat > this.game.manifest.seats) {
      throw new NearcadeError('seats_taken', 'The game has no such seat');
    }
    const returns = this.#participants.has(keyOf(participant));
    const isHere = participant.role === 'spectator' && participant.relayedBy === undefined;
    if (isHere && this.isCrowded && !returns) {
      throw new NearcadeError('spectators_full');
    }
  }

  /** Lets a participant in. Their older device, or who else had the seat, is told and cut off. */
  join(participant: Participant): void {
    this.#settle(participant);
    if (participant.role === 'spectator') participant.send(this.#seatsNow());
    this.#seatsChanged(participant.role === 'player');
  }

  /**
   * Gives a participant another place, on the connection that they have. Somebody else who was still there is cut off, to come
   * back to the place that they have now.
   */
  move(participant: Participant, { role, seat, host, seating }: Place): void {
    if (this.#participants.get(keyOf(participant)) !== participant) return;
    const { seat: before, role: roleBefore } = participant;
    Object.assign(participant, { host, seating });
    if (before === seat && role === roleBefore) {
      this.sofa.refresh();
      return;
    }
    this.#participants.delete(keyOf(participant));
    this.emit({ type: 'viewer_left', userId: participant.userId, seat: before });
    Object.assign(participant, { role, seat });
    if (before !== null) this.#seats.delete(before);
    this.#settle(participant);
    this.#seatsChanged(true);
  }

  /**
   * False when the participant was replaced or had left before. `hasQuit` gives the seat up for good; otherwise the edge
   * keeps it for them.
   */
  leave(participant: Participant, hasQuit = false): boolean {
    if (this.#participants.get(keyOf(participant)) !== participant) return false;
    this.#participants.delete(keyOf(participant));
    if (this.#ended) return true;
    if (participant.unlisted !== true) {
      this.emit({
        type: 'viewer_left',
        userId: participant.userId,
        seat: participant.seat,
        ...(hasQuit ? { quit: true } : {}),
      });
    }
    this.#seatsChanged(participant.role === 'player');
    return true;
  }

  /** Gives a seat up for good: others no longer see it as somebody's. */
  vacate(seat: number): void {
    this.#seats.delete(seat);
    this.#seatsChanged(true);
  }

  /** Somebody who is away has another place by now, or none: their seat is not kept any more. */
  vacateOf(userId: string, { seat: next, seating }: Pick<Place, 'seat' | 'seating'>): void {
    for (const [seat, held] of this.#seats) {
      const isAway = ![...this.#participants.values()].some(participant => participant.seat === seat);
      if (held.userId === userId && isAway && seat !== next && held.seating < seating) this.vacate(seat);
    }
  }

  /** Who has this seat, connected or not. */
  userOf(seat: number): string | undefined {
    return this.#seats.get(seat)?.userId;
  }

  /** The seats that somebody's page plays. */
  playedBy({ seat, userId }: Pick<Participant, 'seat' | 'userId'>): number[] {
    return seat === null ? [] : [seat, ...this.sofa.seatsOf(userId)];
  }

  setPhase(phase: Phase): void {
    this.#phase = phase;
    this.broadcast({ type: 'phase', phase });
  }

  /** Says something to one user, on whatever places they have. */
  tell(userId: string, message: ServerMessage): void {
    for (const participant of this.#participants.values()) {
      if (participant.userId === userId) participant.send(message);
    }
  }

  /** Tells who plays the pad of a seat, if anybody does, how the game shakes it. Seats count from 1. */
  tellPad(seat: number, rumble: Rumble): void {
    if (!this.seating.may(seat, 'pad')) return;
    for (const participant of this.#participants.values()) {
      if (participant.seat === seat) participant.send({ type: 'rumble', hand: 0, ...rumble });
    }
    const beside = this.sofa.playerOf(seat);
    if (beside !== undefined) this.tell(beside.userId, { type: 'rumble', hand: beside.hand, ...rumble });
  }

  broadcast(message: ServerMessage): void {
    for (const participant of this.#participants.values()) participant.send(message);
  }

  /** Cuts everybody's socket so that their pages connect anew; the session goes on. */
  reconnectAll(role?: Role): void {
    for (const participant of this.#participants.values()) {
      if (role === undefined || participant.role === role) participant.close(SERVICE_RESTART, 'reconnect');
    }
  }

  emit(body: SessionEventBody): void {
    this.#seq += 1;
    this.#onEvent({
      ...body,
      id: randomUUID(),
      sessionId: this.id,
      epoch: this.epoch,
      seq: this.#seq,
      at: new Date(this.#clock.now()).toISOString(),
    });
  }

  /** Tells everybody why, and the edge. Once. */
  end(reason: EndReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#seatsPace.close();
    for (const participant of this.#participants.values()) {
      participant.send({ type: 'ended', reason });
      participant.close(CLOSE.ended, reason);
    }
    this.emit({ type: 'session_ended', reason });
  }

  #settle(participant: Participant): void {
    const { userId, seat } = participant;
    const replaced = this.#participants.get(keyOf(participant));
    this.#participants.set(keyOf(participant), participant);
    if (replaced?.userId === userId) {
      refuse(replaced, new NearcadeError('replaced'), CLOSE.replaced);
    } else {
      if (replaced !== undefined) {
        this.emit({ type: 'viewer_left', userId: replaced.userId, seat });
        replaced.close(SERVICE_RESTART, 'place_changed');
      }
      if (participant.unlisted !== true) this.emit({ type: 'viewer_joined', userId, seat });
    }
    if (seat !== null) {
      const { displayName, seating } = participant;
      this.#seats.set(seat, { userId, displayName, seating });
    }
  }

  /**
   * Players hear of each other at once. How many watch is told to all as often as their number allows: a crowd that comes or
   * goes costs this process, which has the players' input, no more than one that stays.
   */
  #seatsChanged(isOfSeats: boolean): void {
    if (isOfSeats) {
      this.sofa.refresh();
      const seats = this.#seatsNow();
      for (const participant of this.#participants.values()) {
        if (participant.role === 'player') participant.send(seats);
      }
    }
    if (!isOfSeats || this.#spectators > 0) this.#seatsPace.changed();
  }

  #seatsNow(): ServerMessage {
    const taken = new Set([...this.#participants.values()].map(({ seat }) => seat));
    return {
      type: 'seats',
      seats: [...this.#seats].map(([seat, { displayName }]) => ({
        seat,
        displayName,
        connected: taken.has(seat),
      })),
      spectators: this.#spectators,
    };
  }
}

/** RFC 6455's registry, 1012: the client may come back at once. */
export const SERVICE_RESTART = 1012;

/** A seat is one place, whoever sits there; a spectator is one place a user. */
function keyOf({ seat, userId, unlisted }: Participant): string {
  if (unlisted === true) return `player of ${userId}`;
  return seat === null ? `spectator ${userId}` : `seat ${seat}`;
}

/** Says why and closes. */
export function refuse(
  participant: Pick<Participant, 'send' | 'close'>,
  error: NearcadeError,
  closeCode: number = CLOSE.refused,
): void {
  participant.send({ type: 'refused', code: error.code, message: error.message });
  participant.close(closeCode, error.code);
}
