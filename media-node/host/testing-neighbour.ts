import type { ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { GameManifest } from '#shared/manifest.ts';
import { NATIVE_HELPER } from '../encode/build-native.ts';
import { type HelperCommand, helperEventSchema } from '../encode/protocol.ts';
import type { SlotHost } from './slot-host.ts';
import { installedGame, type TestSlots, until } from './testing.ts';

const FPS = 30;

/** A session beside the one that a test is about: the probe in motion, captured and encoded as for a player. */
export class Neighbour {
  readonly host: SlotHost;
  readonly #helper: ChildProcess;
  readonly #sink: Socket;
  /** Frames and seconds of the helper's reports, each about a second. */
  #reports: { frames: number; seconds: number }[] = [];
  #trouble: string | undefined;

  private constructor(host: SlotHost, sink: Socket) {
    this.host = host;
    this.#sink = sink;
    this.#helper = host.spawnTool([NATIVE_HELPER], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#helper.once('exit', code => {
      this.#trouble ??= `the media helper ended with ${code}`;
    });
    createInterface({ input: this.#helper.stdout as NodeJS.ReadableStream }).on('line', line => {
      const event = helperEventSchema.parse(JSON.parse(line));
      if (event.ev === 'error') this.#trouble ??= event.message;
      if (event.ev === 'stats' && event.fps > 0) {
        this.#reports.push({ frames: event.frames, seconds: event.frames / event.fps });
      }
    });
  }

  static async open(slots: TestSlots, index: number): Promise<Neighbour> {
    const host = await slots.open(index);
    const sink = createSocket('udp4').bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const neighbour = new Neighbour(host, sink);
    const { manifest, ...dirs } = installedGame('probe');
    await host.setPicture(manifest.picture.width, manifest.picture.height);
    const game = await host.launchGame({
      ...dirs,
      manifest: { ...manifest, command: [...manifest.command, '--scene', 'busy'] },
      homeDir: join(slots.dataDir, 'homes', 'neighbour'),
      sessionId: 'neighbour',
    });
    void game.exited.then(() => {
      neighbour.#trouble ??= 'the probe ended';
    });
    await game.firstWindow;
    startStream(neighbour.#helper, manifest.picture, sink.address().port);
    // The first report has the start in it.
    await until(() => neighbour.#reports.length > 0, 'the neighbour streams');
    neighbour.#reports = [];
    return neighbour;
  }

  /** Frames a second from now until `during` is over, from whole reports, at least three. Throws when anything of it broke. */
  async framesDuring(during: Promise<unknown>): Promise<number> {
    this.#reports = [];
    await during;
    await until(() => this.#reports.length >= 3, 'three reports of the helper');
    if (this.#trouble !== undefined) throw new Error(this.#trouble);
    const frames = this.#reports.reduce((sum, report) => sum + report.frames, 0);
    return frames / this.#reports.reduce((sum, report) => sum + report.seconds, 0);
  }

  /** Why the session is not what it was, if it is not. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  close(): void {
    this.#helper.kill('SIGKILL');
    this.#sink.close();
  }
}

/** Has a media helper capture, encode and send picture and sound to a port of this machine. */
export function startStream(
  helper: ChildProcess,
  { width, height, maxBitrateKbps }: Pick<GameManifest['picture'], 'width' | 'height' | 'maxBitrateKbps'>,
  port: number,
): void {
  const target = { host: '127.0.0.1', port };
  const command: HelperCommand = {
    cmd: 'start',
    video: {
      ...{ ...target, ssrc: 1, payloadType: 96, playoutDelayExtId: 0 },
      ...{ codec: 'h264', width, height, fps: FPS, bitrateKbps: maxBitrateKbps, threads: 1 },
    },
    audio: { ...target, ssrc: 2, payloadType: 97, source: 'game.monitor', bitrateKbps: 96 },
  };
  helper.stdin?.write(`${JSON.stringify(command)}\n`);
}
