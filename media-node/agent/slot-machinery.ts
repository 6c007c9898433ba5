import { join } from 'node:path';
import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { InputMessage } from '#shared/input.ts';
import type { SeatRight } from '#shared/seat-rights.ts';
import type { ConsumerInfo } from '#shared/signal.ts';
import type { Config } from '../config.ts';
import { MediaHelper } from '../encode/media-helper.ts';
import { RateController } from '../encode/rate-controller.ts';
import type { GameProcess, HostedSlot } from '../host/types.ts';
import type { Logger } from '../log.ts';
import type { VideoCodec } from '../sfu/codecs.ts';
import { Room } from '../sfu/room.ts';
import type { LinkStats, Viewer } from '../sfu/viewer.ts';
import type { Workers } from '../sfu/workers.ts';
import type { SlotControl } from './context.ts';
import type { Session } from './session.ts';

export interface SlotMachineryOptions {
  config: Config;
  host: HostedSlot;
  workers: Workers;
  log: Logger;
  /** Something is gone for good: the session cannot go on. */
  onFailed: (part: string, detail: string) => void;
}

/** Times that a media helper may die in one session before the session is given up. */
const HELPER_RESTARTS = 1;

/** What a slot keeps warm: display and sound (host), media helper, SFU room. A session then only has to start its game. */
export class SlotMachinery implements SlotControl {
  readonly #options: SlotMachineryOptions;
  readonly #host: HostedSlot;
  #parts: { helper: MediaHelper; room: Room } | undefined;
  #session: Session | undefined;
  #rate: RateController | undefined;
  #links: () => Promise<LinkStats[]> = () => Promise.resolve([]);
  #restarts = 0;
  #unsubscribe: Array<() => void> = [];
  #codecChange: Promise<void> = Promise.resolve();

  constructor(options: SlotMachineryOptions) {
    this.#options = options;
    this.#host = options.host;
    options.host.onFailure(({ part, detail }) => options.onFailed(part, detail));
  }

  get room(): Room {
    if (this.#parts === undefined) throw new NearcadeError('host_failed', 'The slot is not ready');
    return this.#parts.room;
  }

  get pointerLocked(): boolean {
    return this.#host.input.pointerLocked;
  }

  /** Makes helper and room; display and sound are up already. */
  async prepare(): Promise<void> {
    const { config, workers, onFailed } = this.#options;
    const [helper, room] = await Promise.all([
      this.#openHelper(),
      Room.open({ workers, rtc: config.rtc, codec: config.codec }),
    ]);
    room.onFailed(() => onFailed('sfu', 'the mediasoup worker died'));
    this.#parts = { helper, room };
  }

  /** Everything of the last session goes; the slot is warm again afterwards. */
  async reset(): Promise<void> {
    await this.#closeParts();
    await this.#host.reset();
    await this.prepare();
  }

  async close(): Promise<void> {
    await this.#closeParts();
    await this.#host.close();
  }

  /** Where rate control asks for the seated players' links. */
  watchLinks(links: () => Promise<LinkStats[]>): void {
    this.#links = links;
  }

  async start(session: Session): Promise<GameProcess> {
    const { config, log } = this.#options;
    const { manifest, gameDir, buildDir } = session.game;
    const { picture } = manifest;
    this.#session = session;
    this.#restarts = 0;
    await this.#host.setPicture(picture.width, picture.height);
    this.#host.input.configureSeats(manifest.input);
    this.#unsubscribe.push(
      this.#host.input.onPointerLock(locked => session.broadcast({ type: 'pointerLock', locked })),
    );
    const asked = performance.now();
    await this.room.onFirstKeyFrame(() => {
      const ms = Math.round(performance.now() - asked);
      log.info({ sessionId: session.id, ms }, 'picture flows');
    });
    this.#startStream();
    this.#rate = new RateController({
      bounds: { min: picture.minBitrateKbps * 1000, max: picture.maxBitrateKbps * 1000 },
      links: () => this.#links(),
      apply: bitrate => this.#parts?.helper.setBitrate(bitrate),
      log,
    });
    return this.#host.launchGame({
      manifest,
      gameDir,
      buildDir,
      homeDir: join(config.dataDir, 'homes', session.hostUserId, manifest.slug),
      sessionId: session.id,
    });
  }

  /** On the way of every press: nothing here waits. Seats count from 1. */
  applyInput(seat: number, message: InputMessage): void {
    this.#host.input.apply(seat - 1, message);
    if (message.kind === 'key' || message.kind === 'button') this.#parts?.helper.expectChange();
  }

  /** Lets go of what a seat holds: all of it, or by the rights that it has lost. */
  releaseSeat(seat: number, lost?: readonly SeatRight[]): void {
    this.#host.input.releaseSeat(seat - 1, lost);
  }

  /** Consumers for one viewer. The first viewer's browser decides the codec if it cannot decode the configured one. */
  async consume(viewer: Viewer, rtpCapabilities: types.RtpCapabilities): Promise<ConsumerInfo[]> {
    const change = this.#codecChange.then(() => this.#suitCodec(rtpCapabilities));
    this.#codecChange = change.catch(() => undefined);
    await change;
    return viewer.consume(rtpCapabilities);
  }

  requestKeyFrame(): void {
    this.#parts?.helper.requestKeyFrame();
  }

  pauseStream(): void {
    this.#parts?.helper.pause();
  }

  resumeStream(): void {
    this.#parts?.helper.resume();
  }

  stopStream(): void {
    this.#rate?.close();
    this.#rate = undefined;
    this.#session = undefined;
    for (const stop of this.#unsubscribe.splice(0)) stop();
    this.#parts?.helper.stopStream();
  }

  async #suitCodec(rtpCapabilities: types.RtpCapabilities): Promise<void> {
    const { room } = this;
    if (room.watched || room.canConsume(rtpCapabilities)) return;
    const other: VideoCodec = room.codec === 'h264' ? 'vp8' : 'h264';
    this.#options.log.info({ codec: other }, 'the first viewer needs another codec');
    await room.useCodec(other);
    if (this.#session !== undefined) this.#startStream();
  }

  #startStream(): void {
    if (this.#parts === undefined || this.#session === undefined) return;
    const { helper, room } = this.#parts;
    const { width, height, fps, maxBitrateKbps } = this.#session.game.manifest.picture;
    const bitrate = this.#rate?.target ?? maxBitrateKbps * 1000;
    helper.startStream({ width, height, fps, bitrate, codec: room.codec, ports: room.ports });
  }

  #openHelper(): Promise<MediaHelper> {
    const { config, log } = this.#options;
    return MediaHelper.open({
      spawn: () => this.#host.spawnTool([config.mediaHelper], { stdio: ['pipe', 'pipe', 'pipe'] }),
      log,
      onFailed: detail => this.#helperFailed(detail),
    });
  }

  /** A new helper takes over once; the players' pages connect anew, since the room's streams begin anew. */
  #helperFailed(detail: string): void {
    const { log, onFailed } = this.#options;
    const session = this.#session;
    if (session === undefined || this.#restarts >= HELPER_RESTARTS) {
      onFailed('media', detail);
      return;
    }
    this.#restarts += 1;
    log.warn({ detail, sessionId: session.id }, 'the media helper died: starting another');
    this.#replaceHelper(session).catch((error: unknown) => {
      log.error({ err: error }, 'the media helper cannot be replaced');
      onFailed('media', detail);
    });
  }

  async #replaceHelper(session: Session): Promise<void> {
    const { room } = this;
    const [helper] = await Promise.all([this.#openHelper(), room.renewIngest()]);
    if (this.#session !== session || this.#parts?.room !== room) {
      await helper.close();
      return;
    }
    this.#parts = { helper, room };
    this.#startStream();
    session.reconnectAll();
  }

  async #closeParts(): Promise<void> {
    this.stopStream();
    const parts = this.#parts;
    this.#parts = undefined;
    parts?.room.close();
    await parts?.helper.close();
  }
}
