import type { types } from 'mediasoup';
import type { Save } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { InputMessage } from '#shared/input.ts';
import type { LayoutId } from '#shared/keyboard-layouts.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { QualityBounds } from '#shared/quality.ts';
import type { SeatRight } from '#shared/seat-rights.ts';
import type { ConsumerInfo, DecoderReport } from '#shared/signal.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { HelperStats } from '../encode/protocol.ts';
import { QualityController, type Restart } from '../encode/quality-controller.ts';
import type { Games } from '../games.ts';
import type { GameProcess, HostedSlot } from '../host/types.ts';
import type { SaveDesk } from '../saves/save-desk.ts';
import type { SessionSaves } from '../saves/session-saves.ts';
import { chooseCodec } from '../sfu/codec-choice.ts';
import { takesCodec } from '../sfu/codecs.ts';
import type { LinkStats } from '../sfu/link-meter.ts';
import type { Room } from '../sfu/room.ts';
import type { ViewerPort } from '../sfu/viewer.ts';
import { VOICE_CODECS } from '../sfu/voice/mic-parameters.ts';
import { type VoiceRights, VoiceRoom } from '../sfu/voice/voice-room.ts';
import type { SlotControl } from './context.ts';
import { MediaParts, type MediaPartsOptions } from './media-parts.ts';
import { Prestart } from './prestart.ts';
import type { Reserve } from './reserve.ts';
import type { Session } from './session.ts';

/** Input that a game answers by another picture, as a rule. */
const ANSWERED: ReadonlySet<InputMessage['kind']> = new Set(['key', 'button', 'pad', 'text']);

export interface SlotMachineryOptions extends MediaPartsOptions {
  config: Config;
  host: HostedSlot;
  saves: SaveDesk;
  games: Games;
  /** What games that nobody plays yet may take. */
  reserve: Reserve;
}

/** The seated players' links and wishes, as of now. */
export interface SeatedPlayers {
  /** By what was missing for so long. */
  links: (lookBackMs: number) => Promise<LinkStats[]>;
  bounds: () => QualityBounds[];
  /** For those of the last `links`. */
  restart: (links: readonly LinkStats[], why: Restart) => void;
}

/** What a slot keeps warm: display and sound (host), media helper, SFU room. A session then only has to start its game. */
export class SlotMachinery implements SlotControl {
  readonly #options: SlotMachineryOptions;
  readonly #host: HostedSlot;
  readonly #media: MediaParts;
  readonly #prestart: Prestart;
  #saves: SessionSaves | undefined;
  #quality: QualityController | undefined;
  #players: SeatedPlayers = { links: () => Promise.resolve([]), bounds: () => [], restart: () => undefined };
  #unsubscribe: Array<() => void> = [];
  #picture: GameManifest['picture'] | undefined;
  #codecChange: Promise<void> = Promise.resolve();

  constructor(options: SlotMachineryOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#media = new MediaParts(options);
    this.#prestart = new Prestart(options);
    options.host.onFailure(({ part, detail }) => options.onFailed(part, detail));
  }

  get room(): Room {
    return this.#media.room;
  }

  /** The slot's processes, each with those that it has started itself. */
  get pids(): readonly number[] {
    return this.#host.pids;
  }

  /** Parts of the stream that were replaced so far. */
  get restarts(): number {
    return this.#media.restarts;
  }

  /** Of the last second that was streamed. */
  get streamStats(): HelperStats | undefined {
    return this.#media.helper?.stats;
  }

  get pointerLocked(): boolean {
    return this.#host.input.pointerLocked;
  }

  /** The room, when what is being replaced is there again. */
  ready(): Promise<Room> {
    return this.#media.ready();
  }

  /** Makes helper and room; display and sound are up already. Then a game may be started ahead. */
  async prepare(): Promise<void> {
    await this.#media.open();
    this.#prestart.begin();
  }

  /** Everything of the last session goes; the slot is warm again afterwards. */
  async reset(): Promise<void> {
    await this.finishSaves(false);
    this.stopStream();
    await this.#prestart.discard();
    await this.#media.close();
    await this.#host.reset();
    await this.prepare();
  }

  async close(): Promise<void> {
    await this.finishSaves(false);
    this.stopStream();
    await this.#prestart.discard();
    await this.#media.close();
    await this.#host.close();
  }

  /** The talk of a new session; whoever opens it closes it. */
  openVoice(rights: VoiceRights): VoiceRoom {
    const { config, workers, log } = this.#options;
    const openRouter = () => workers.createRouter('spectators', VOICE_CODECS);
    return new VoiceRoom({ openRouter, rtc: config.rtc, rights, clock: systemClock, log });
  }

  /** Whom quality is steered by. */
  watchPlayers(players: SeatedPlayers): void {
    this.#players = players;
  }

  async start(session: Session): Promise<GameProcess> {
    const { saves, log } = this.#options;
    const { manifest, gameDir, buildDir } = session.game;
    const { picture } = manifest;
    this.#picture = picture;
    this.#saves = saves.openSession(
      { sessionId: session.id, epoch: session.epoch },
      manifest.savePaths,
      message => session.tell(session.hostUserId, message),
    );
    const home = this.#saves.prepareHome();
    home.catch(() => undefined); // asked for below, if everything else goes well
    await this.#host.setPicture(picture.width, picture.height);
    this.#host.input.configureSeats(manifest.input);
    this.#unsubscribe.push(
      this.#host.input.onPointerLock(locked => session.broadcast({ type: 'pointerLock', locked })),
      this.#host.input.onRumble((seat, rumble) => session.tellPad(seat + 1, rumble)),
    );
    session.sofa.onPad((seat, plugged) => {
      if (!session.ended) this.applyInput(seat, { kind: 'padPlug', hand: 0, plugged });
    });
    const asked = performance.now();
    const room = await this.#media.ready();
    await room.onFirstKeyFrame(() => {
      const ms = Math.round(performance.now() - asked);
      log.info({ sessionId: session.id, ms }, 'picture flows');
    });
    const quality = new QualityController({
      picture,
      bounds: () => this.#players.bounds(),
      links: lookBackMs => this.#players.links(lookBackMs),
      apply: next => this.#media.helper?.setQuality(next),
      restart: (links, why) => this.#players.restart(links, why),
      repeat: percent => this.#media.helper?.setRepeats(percent),
      log,
    });
    this.#quality = quality;
    this.#media.startStream({
      picture,
      quality: () => quality.quality,
      onRenewed: () => session.reconnectAll(),
      onSpectatorsLost: () => session.reconnectAll('spectator'),
    });
    const homeDir = await home;
    const ahead = await this.#prestart.claim(session.game, homeDir);
    if (ahead !== undefined) {
      log.info({ sessionId: session.id }, 'the game was started ahead');
      return ahead;
    }
    return this.#host.launchGame({ manifest, gameDir, buildDir, homeDir, sessionId: session.id });
  }

  /** On the way of every press: nothing here waits. Seats count from 1. */
  applyInput(seat: number, message: InputMessage): void {
    this.#host.input.apply(seat - 1, message);
    if (ANSWERED.has(message.kind)) this.#media.helper?.expectChange();
  }

  /** The host has told what failed. */
  setKeyboardLayout(layout: LayoutId): void {
    void this.#host.setKeyboardLayout(layout);
  }

  /** Lets go of what a seat holds: all of it, or by the rights that it has lost. */
  releaseSeat(seat: number, lost?: readonly SeatRight[]): void {
    this.#host.input.releaseSeat(seat - 1, lost);
  }

  /** Consumers for one viewer. The first viewer's browser decides the codec, by what it decodes best. */
  async consume(
    viewer: ViewerPort,
    rtpCapabilities: types.RtpCapabilities,
    decoders: readonly DecoderReport[] = [],
  ): Promise<ConsumerInfo[]> {
    const change = this.#codecChange.then(() => this.#suitCodec(rtpCapabilities, decoders));
    this.#codecChange = change.catch(() => undefined);
    await change;
    await this.#media.ready();
    return viewer.consume(rtpCapabilities);
  }

  get hasSaves(): boolean {
    return this.#saves?.isKept ?? false;
  }

  snapshot(): void {
    this.#saves?.snapshot();
  }

  async saveNow(slot: string | undefined): Promise<Save> {
    if (this.#saves === undefined) throw new NearcadeError('save_nothing');
    return this.#saves.saveNow(slot);
  }

  async finishSaves(isLost: boolean): Promise<void> {
    const saves = this.#saves;
    await saves?.finish(isLost);
    if (this.#saves === saves) this.#saves = undefined;
  }

  requestKeyFrame(): void {
    this.#media.helper?.requestKeyFrame();
  }

  pauseStream(): void {
    this.#media.helper?.pause();
  }

  resumeStream(): void {
    this.#media.helper?.resume();
  }

  stopStream(): void {
    this.#quality?.close();
    this.#quality = undefined;
    for (const stop of this.#unsubscribe.splice(0)) stop();
    this.#media.stopStream();
  }

  async #suitCodec(
    rtpCapabilities: types.RtpCapabilities,
    decoders: readonly DecoderReport[],
  ): Promise<void> {
    const { room } = this;
    if (room.watched) return;
    const { config, encoders } = this.#options;
    const picture = this.#picture;
    if (picture === undefined) return;
    const codec = chooseCodec({
      offered: encoders.offer(picture, [picture.codec, config.codec]),
      takes: wanted => takesCodec(rtpCapabilities, wanted),
      decoders,
    });
    if (codec === undefined || codec === room.codec) return;
    this.#options.log.info({ codec }, 'the first viewer decodes another codec better');
    await this.#media.useCodec(codec);
  }
}
