import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import x11, { type XClient, type XDisplay } from 'x11';
import { ensureNative, NATIVE_BUILD_DIR } from '../../build-native.ts';
import { type HelperCommand, type HelperEvent, helperEventSchema } from '../../protocol.ts';
import type { Codec, EncodedFrame } from './rtp-receiver.ts';

const BUILD_DIR = `${NATIVE_BUILD_DIR}-test`;
const WAIT_MS = 10_000;

/** Enough of them in one frame to keep an encoder busy. */
const SQUARES = 40;

/** Waits until `probe` gives something. Throws what it waited for when it never does. */
export async function until<T>(what: string, probe: () => T | undefined | false): Promise<T> {
  for (const end = performance.now() + WAIT_MS; performance.now() < end; await sleep(2)) {
    const found = probe();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`Waited in vain for ${what}`);
}

/** A process of the test's own, ended with it. */
class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor(command: string, args: string[], options: SpawnOptions) {
    this.child = spawn(command, args, options);
    this.exit = new Promise(resolve => {
      this.child.once('close', resolve);
      this.child.once('error', () => resolve(null));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null) this.child.kill();
    await this.exit;
  }
}

/** A private X server with a client that paints on its root window. */
export class Screen implements AsyncDisposable {
  readonly name: string;
  readonly server: Program;
  readonly #client: XClient;
  readonly #root: number;
  readonly #gc: number;
  readonly #width: number;
  readonly #height: number;
  #painted = 1;

  private constructor(name: string, server: Program, display: XDisplay) {
    this.name = name;
    this.server = server;
    this.#client = display.client;
    this.#root = display.screen[0]?.root ?? 0;
    this.#width = display.screen[0]?.pixel_width ?? 0;
    this.#height = display.screen[0]?.pixel_height ?? 0;
    this.#gc = this.#client.AllocID();
    this.#client.CreateGC(this.#gc, this.#root, { foreground: 0 });
    this.#client.on('error', () => undefined);
  }

  static async open(width: number, height: number): Promise<Screen> {
    const args = ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'];
    const server = new Program('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const name = `:${await firstLine(server.child.stdio[3] as Readable)}`;
    const display = await new Promise<XDisplay>((resolve, reject) => {
      x11.createClient({ display: name }, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    return new Screen(name, server, display);
  }

  /** Fills a rectangle; resolves when the X server has done it. */
  async fill(colour: number, x: number, y: number, width: number, height: number): Promise<void> {
    this.#paint(colour, x, y, width, height);
    await this.#client.sync();
  }

  /** Paints squares of changing colours and places, never the same twice, as fast as a game would. */
  async paintNoise(milliseconds: number): Promise<void> {
    for (const end = performance.now() + milliseconds; performance.now() < end; await sleep(5)) {
      for (let i = 0; i < SQUARES; i++) {
        const random = Math.imul(this.#painted++, 2654435761) >>> 0;
        const side = 60;
        this.#paint(
          random & 0xffffff,
          (random >>> 3) % this.#width,
          (random >>> 11) % this.#height,
          side,
          side,
        );
      }
      await this.#client.sync();
    }
  }

  /** What is on the screen, in BT.601 of limited range. */
  async colours(points: [number, number][]): Promise<Yuv[]> {
    const width = this.#width;
    const { data } = await new Promise<{ data: Buffer }>((resolve, reject) => {
      this.#client.GetImage(2, this.#root, 0, 0, width, this.#height, 0xffffffff, (error, image) => {
        if (error) reject(error);
        else resolve(image);
      });
    });
    return points.map(([x, y]) => {
      const [b = 0, g = 0, r = 0] = data.subarray((y * width + x) * 4);
      return [
        16 + (65.5 * r + 128.6 * g + 25 * b) / 255,
        128 + (-37.8 * r - 74.2 * g + 112 * b) / 255,
        128 + (112 * r - 93.8 * g - 18.2 * b) / 255,
      ];
    });
  }

  #paint(colour: number, x: number, y: number, width: number, height: number): void {
    this.#client.ChangeGC(this.#gc, { foreground: colour });
    this.#client.PolyFillRectangle(this.#root, this.#gc, [x, y, width, height]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.terminate();
    await this.server[Symbol.asyncDispose]();
  }
}

async function firstLine(stream: Readable): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('It ended before it said anything');
}

/** A private PulseAudio with a null sink named `game`. */
export class Sound implements AsyncDisposable {
  readonly server: string;
  readonly #dir: string;
  #daemon: Program | undefined;

  private constructor(dir: string) {
    this.#dir = dir;
    this.server = `unix:${dir}/native`;
  }

  /** Its address alone; `start()` brings it to life. */
  static async prepare(): Promise<Sound> {
    return new Sound(await mkdtemp(join(tmpdir(), 'nearcade-sound-')));
  }

  start(): void {
    const args = ['-n', '--daemonize=no', '--exit-idle-time=-1', '--realtime=no', '--high-priority=no'];
    args.push('--use-pid-file=no', '--disable-shm=yes');
    args.push('-L', `module-native-protocol-unix auth-anonymous=1 socket=${this.#dir}/native`);
    args.push('-L', 'module-null-sink sink_name=game rate=48000 channels=2');
    const env = { ...process.env, HOME: this.#dir, XDG_RUNTIME_DIR: this.#dir };
    this.#daemon = new Program('pulseaudio', args, { stdio: 'ignore', env });
  }

  async stop(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
    await rm(`${this.#dir}/native`, { force: true });
  }

  /** Plays a sine of `hertz` at half of full scale until it is disposed. */
  playTone(hertz: number): AsyncDisposable {
    const samples = new Int16Array(48_000 * 2 * 20);
    for (let i = 0; i < samples.length / 2; i++) {
      samples[2 * i] = samples[2 * i + 1] = Math.round(16384 * Math.sin((2 * Math.PI * hertz * i) / 48_000));
    }
    const args = ['--raw', '-s', this.server, '-d', 'game', '--format=s16le', '--rate=48000', '--channels=2'];
    const player = new Program('pacat', [...args, '--latency-msec=100'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    player.child.stdin?.on('error', () => undefined);
    player.child.stdin?.end(Buffer.from(samples.buffer));
    return player;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** The helper under test, built if need be. */
export class Helper implements AsyncDisposable {
  readonly events: HelperEvent[] = [];
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
    if (program.child.stdout === null) throw new Error('No standard output');
    createInterface({ input: program.child.stdout }).on('line', line => {
      this.events.push(helperEventSchema.parse(JSON.parse(line)));
    });
    program.child.stdin?.on('error', () => undefined);
  }

  static async open(display: string, sound?: Sound): Promise<Helper> {
    const path = await ensureNative({ buildDir: BUILD_DIR, testTools: true });
    const env = { ...process.env, DISPLAY: display, PULSE_SERVER: sound?.server ?? 'unix:/nowhere' };
    return new Helper(new Program(path, [], { stdio: ['pipe', 'pipe', 'inherit'], env }));
  }

  get exit(): Promise<number | null> {
    return this.#program.exit;
  }

  send(command: HelperCommand): void {
    this.sendLine(JSON.stringify(command));
  }

  sendLine(line: string): void {
    this.#program.child.stdin?.write(`${line}\n`);
  }

  endInput(): void {
    this.#program.child.stdin?.end();
  }

  /** The first event of this name that came at or after index `from`. */
  event<K extends HelperEvent['ev']>(name: K, from = 0): Promise<Extract<HelperEvent, { ev: K }>> {
    return until(`the event ${name}`, () =>
      this.events.slice(from).find((event): event is Extract<HelperEvent, { ev: K }> => event.ev === name),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.endInput();
    await this.exit;
  }
}

export type Yuv = [number, number, number];

/** Decodes with libvpx, libaom or OpenH264; the colours of each picture at the given points. */
export function decode(
  codec: Codec,
  frames: EncodedFrame[],
  points: [number, number][],
): Promise<{ width: number; height: number; pixels: Yuv[] }[]> {
  const units = frames.map(frame => frame.data);
  return decodeStream([codec, ...points.map(point => point.join(','))], units);
}

/** Decodes packets of stereo Opus: length, loudest sample, and how often the left channel rose through zero. */
export function decodeOpus(packets: Buffer[]): Promise<{ samples: number; peak: number; rises: number }[]> {
  return decodeStream(['opus'], packets);
}

async function decodeStream<T>(args: string[], units: Buffer[]): Promise<T[]> {
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile(join(BUILD_DIR, 'test', 'decode-stream'), args, (error, stdout, stderr) =>
      error ? reject(new Error(`decode-stream: ${stderr || error.message}`)) : resolve(stdout),
    );
    const input = units.flatMap(unit => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(unit.length);
      return [length, unit];
    });
    child.stdin?.end(Buffer.concat(input));
  });
  return output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
}

/** The C unit tests, by ctest. */
export async function runUnitTests(): Promise<string> {
  await ensureNative({ buildDir: BUILD_DIR, testTools: true });
  const child = spawn('ctest', ['--output-on-failure'], { cwd: BUILD_DIR });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
  });
  await once(child, 'close');
  return output;
}
