import type { NodeEvent } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { SeatRight } from '#shared/seat-rights.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Games } from '../games.ts';
import type { Logger } from '../log.ts';
import type { Recordings } from '../record/recordings.ts';
import { SessionRecorder } from '../record/session-recorder.ts';
import type { Room } from '../sfu/room.ts';
import type { VoiceRoom } from '../sfu/voice/voice-room.ts';
import { Admission, type AdmissionMedia } from './admission.ts';
import { AgentLine } from './agent-line.ts';
import { HOST_SEAT } from './common-messages.ts';
import type { AgentContext } from './context.ts';
import { openViewer } from './open-viewer.ts';
import type { Participant } from './participant.ts';
import { SeatedLinks } from './seated-links.ts';
import { type Place, Session } from './session.ts';
import type { SlotFigures } from './slot-figures.ts';
import type { SlotMachinery } from './slot-machinery.ts';
import { welcomeTo } from './welcome.ts';

export interface SlotOptions {
  index: number;
  config: Config;
  games: Games;
  recordings: Recordings;
  machinery: (onFailed: (part: string, detail: string) => void) => SlotMachinery;
  onEvent: (event: NodeEvent) => void;
  /** A new session of this game is to begin. Throws the error to refuse its host with. */
  checkRoom: (game: GameManifest) => void;
  /** A session whose host was refused: it has to go elsewhere. */
  onTurnedAway: (session: { sessionId: string; epoch: number }) => void;
  edgeWasAway: AgentContext['edgeWasAway'];
  log: Logger;
  clock?: Clock;
}

/** One slot for the life of the node: one agent after another, and the door through which players come to the current one. */
export class Slot {
  readonly #options: SlotOptions;
  readonly #clock: Clock;
  readonly #machinery: SlotMachinery;
  readonly #line: AgentLine;
  readonly #admissions = new Set<Admission>();
  readonly #seated = new SeatedLinks(this.#admissions);
  #session: Session | undefined;
  #voice: VoiceRoom | undefined;
  #recorder: SessionRecorder | undefined;
  /** The newest epoch that a ticket showed: older ones are stale. */
  #epoch = 0;
  #assigning: Promise<void> = Promise.resolve();
  #draining = false;
  #inputRefused = 0;
  /** The deadline of a drain that was announced and may be taken back. */
  #announcedDeadline: number | undefined;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#machinery = options.machinery((part, detail) => {
      this.#line.post({ type: 'part_failed', part, detail });
    });
    this.#line = new AgentLine({
      machinery: this.#machinery,
      clock: this.#clock,
      edgeWasAway: options.edgeWasAway,
      log: options.log.child({ slot: options.index }),
    });
    this.#machinery.watchPlayers({
      links: lookBackMs => this.#seated.links(lookBackMs),
      restart: (hanging, why) => this.#seated.restart(hanging, why),
      bounds: () => this.#seated.bounds(),
    });
  }

  /** The session that the slot holds now. */
  get session(): Session | undefined {
    return this.#session === undefined || this.#session.ended ? undefined : this.#session;
  }

  /** What the slot does now, and how well. */
  get figures(): SlotFigures {
    const { session } = this;
    const state = this.#line.agent === undefined ? 'clearing' : (session?.phase ?? 'free');
    return {
      state,
      viewers: session?.viewers ?? 0,
      players: session?.players ?? 0,
      stream: session === undefined ? undefined : this.#machinery.streamStats,
      loss: session === undefined ? undefined : this.#seated.loss,
      restarts: this.#machinery.restarts,
      inputRefused: this.#inputRefused,
    };
  }

  /** The slot's processes, each with those that it has started itself. */
  get pids(): readonly number[] {
    return this.#machinery.pids;
  }

  /** The room of the session, for a relay to show. Throws `epoch_stale` or `session_over`. */
  roomOf({ sessionId, epoch }: Pick<TicketClaims, 'sessionId' | 'epoch'>): Room {
    if (epoch < this.#epoch) throw new NearcadeError('epoch_stale');
    if (this.session?.id !== sessionId) throw new NearcadeError('session_over');
    return this.#machinery.room;
  }

  /** Warms the slot; agents follow one another from then on. */
  async open(): Promise<void> {
    await this.#machinery.prepare();
    this.#line.run();
  }

  /** Lets the bearer of a checked ticket in. Throws the error to refuse them with. */
  async admit(
    claims: TicketClaims,
    participant: Participant,
    media: AdmissionMedia = {},
  ): Promise<Admission> {
    const session = await this.#sessionFor(claims);
    session.checkRoomFor(participant);
    if (claims.seat !== null && claims.rights !== undefined) {
      this.#setRights(session, claims.seat, claims.rights, claims.seating ?? 0);
    }
    const { agent } = this.#line;
    const talk = this.#voice;
    const recorder = this.#recorder;
    if (agent === undefined || talk === undefined || recorder === undefined || session.ended)
      throw new NearcadeError('session_over');
    const open = () =>
      openViewer({
        session,
        participant,
        media,
        machinery: this.#machinery,
        mailbox: agent.mailbox,
        clock: this.#clock,
        onRefused: count => {
          this.#inputRefused += count;
        },
        cut: error => {
          for (const each of this.#admissions)
            if (each.participant === participant) each.putOut(error, false);
        },
      });
    const viewer = await open();
    if (session.ended) {
      viewer.close();
      throw new NearcadeError('session_over');
    }
    for (const seat of session.playedBy(participant)) this.#machinery.releaseSeat(seat);
    const voice = talk.join(participant);
    const admission: Admission = new Admission({
      participant,
      session,
      viewer,
      openViewer: open,
      voice,
      recorder,
      machinery: this.#machinery,
      mailbox: agent.mailbox,
      clock: this.#clock,
      onLeft: () => this.#admissions.delete(admission),
    });
    this.#admissions.add(admission);
    participant.send(welcomeTo(session, participant, viewer, this.#machinery.room));
    session.join(participant);
    voice.begin();
    recorder.tell(participant);
    if (this.#machinery.pointerLocked) participant.send({ type: 'pointerLock', locked: true });
    if (agent.drainDeadline !== undefined) {
      participant.send({ type: 'draining', deadline: agent.drainDeadline });
    }
    if (participant.seat !== null) agent.mailbox.post({ type: 'player_connected', seat: participant.seat });
    this.#machinery.resumeStream();
    return admission;
  }

  /** No new session; the current one may go on until `deadline` (milliseconds since 1970). */
  drain(deadline: number): void {
    this.#draining = true;
    this.#line.closeAfterThis();
    this.#line.post({ type: 'drain', deadline });
  }

  /** Tells the session that the node goes away at `deadline`, or that it stays after all. The slot itself stays warm. */
  announceDrain(deadline: number | undefined): void {
    if (deadline === this.#announcedDeadline) return;
    this.#announcedDeadline = deadline;
    if (this.session !== undefined) this.#line.post({ type: 'drain', deadline });
  }

  /** Puts the user out of the session, whatever their page does. `forGood`: their seat is free at once. */
  putOut(userId: string, error: NearcadeError, forGood: boolean): void {
    for (const admission of this.#admissionsOf(userId)) admission.putOut(error, forGood);
    if (forGood) this.session?.vacateOf(userId, { seat: null, seating: Number.POSITIVE_INFINITY });
  }

  /** Puts out who watches by the user's links for standard players; the user themselves stays. */
  putOutLinks(userId: string): void {
    for (const admission of this.#admissionsOf(userId)) {
      if (admission.participant.unlisted === true)
        admission.putOut(new NearcadeError('ticket_expired'), true);
    }
  }

  /** The user's place is another now. */
  move(userId: string, place: Place): void {
    for (const admission of this.#admissionsOf(userId)) {
      if (admission.participant.unlisted !== true) admission.move(place);
    }
    this.session?.vacateOf(userId, place);
  }

  /** What a seat of the session may do from now on; what it holds without the right is released at once. */
  setRights(seat: number, rights: readonly SeatRight[], seating: number): void {
    if (this.session !== undefined) this.#setRights(this.session, seat, rights, seating);
  }

  #setRights(session: Session, seat: number, rights: readonly SeatRight[], seating: number): void {
    const lost = session.seating.set(seat, rights, seating);
    if (lost === undefined) return;
    if (lost.length > 0) this.#machinery.releaseSeat(seat, lost);
    session.sofa.refresh();
    this.#voice?.refresh();
    for (const { participant } of this.#admissions) {
      if (participant.seat === seat) participant.send({ type: 'rights', rights: [...rights] });
    }
  }

  #admissionsOf(userId: string): Admission[] {
    return [...this.#admissions].filter(({ participant }) => participant.userId === userId);
  }

  stop(reason: EndReason): void {
    this.#line.post({ type: 'stop', reason });
  }

  /** Resolves when the last agent has ended; only after `drain`. */
  async ended(): Promise<void> {
    await this.#line.ended();
  }

  async close(): Promise<void> {
    this.#draining = true;
    this.#line.closeAfterThis();
    this.stop('node_shutdown');
    await this.#line.ended();
    this.#voice?.close();
    await this.#machinery.close();
  }

  async #sessionFor(claims: TicketClaims): Promise<Session> {
    if (claims.epoch < this.#epoch) throw new NearcadeError('epoch_stale');
    if (claims.epoch > this.#epoch) this.#assign(claims);
    const session = this.#session;
    if (session === undefined || session.id !== claims.sessionId) throw new NearcadeError('ticket_invalid');
    if (session.ended) throw new NearcadeError('session_over');
    await this.#assigning;
    return session;
  }

  /** A newer claim on the slot: what it held before has been given up by the edge. */
  #assign(claims: TicketClaims): void {
    const { games, config, onEvent, checkRoom, onTurnedAway } = this.#options;
    if (this.#draining) throw new NearcadeError('node_draining');
    if (claims.host !== true && claims.seat !== HOST_SEAT)
      throw new NearcadeError('session_not_found', 'The host has not come yet');
    const game = games.get(claims.game);
    if (game === undefined || game.manifest.version !== claims.gameVersion) {
      throw new NearcadeError('game_not_found', 'This node does not have this version of the game');
    }
    try {
      checkRoom(game.manifest);
    } catch (error) {
      onTurnedAway({ sessionId: claims.sessionId, epoch: claims.epoch });
      throw error;
    }
    this.#epoch = claims.epoch;
    if (this.session !== undefined) this.stop('node_lost');
    const session = new Session({
      id: claims.sessionId,
      epoch: claims.epoch,
      game,
      hostUserId: claims.ownerId ?? claims.sub,
      reconnectWindowSeconds: config.reconnectWindowSeconds ?? game.manifest.reconnectWindowSeconds,
      onEvent,
      clock: this.#clock,
    });
    this.#session = session;
    this.#voice?.close();
    this.#recorder = new SessionRecorder({
      held: { sessionId: session.id, epoch: session.epoch },
      picture: session.game.manifest.picture,
      recordings: this.#options.recordings,
      room: () => this.#machinery.room,
      broadcast: message => session.broadcast(message),
      clock: this.#clock,
      log: this.#options.log,
    });
    this.#voice = this.#machinery.openVoice({
      isHost: ({ host }) => host,
      maySpeak: ({ seat }) => seat !== null && session.seating.may(seat, 'voice'),
    });
    this.#assigning = this.#giveToAgent(session);
  }

  async #giveToAgent(session: Session): Promise<void> {
    await this.#line.give(session);
    if (this.#announcedDeadline !== undefined) {
      this.#line.post({ type: 'drain', deadline: this.#announcedDeadline });
    }
  }
}
