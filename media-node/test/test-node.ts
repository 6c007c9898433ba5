import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NATIVE_HELPER } from '../encode/build-native.ts';
import { FLEET_KEY, type TestEdge } from './test-edge.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODE = process.execPath;

/** Uids that no account has and no other node of this machine: each test process takes a stretch of its own. */
const UID_BASE = 70_000 + (process.pid % 10_000) * 4;

export interface TestNodeOptions {
  edge: TestEdge;
  slots?: number;
  overrides?: Record<string, unknown>;
  /** Of its Node. */
  nodeOptions?: readonly string[];
  /** The command line that runs the program, if not its own. */
  around?: (argv: readonly string[]) => string[];
}

interface LogLine extends Record<string, unknown> {
  msg: string;
}

/** The node's program as a process of its own, with files of its own. */
export class TestNode {
  readonly dir: string;
  readonly log: LogLine[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #changed = Promise.withResolvers<void>();

  private constructor(dir: string, child: ChildProcess) {
    this.dir = dir;
    this.#child = child;
    this.#exited = new Promise(resolve => {
      child.once('exit', code => {
        resolve(code);
        this.#note({ msg: 'process exit', code });
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', line => this.#note(parse(line)));
    }
  }

  /** Resolves when the node is up. */
  static async open({
    edge,
    slots = 1,
    overrides = {},
    nodeOptions = [],
    around = argv => [...argv],
  }: TestNodeOptions): Promise<TestNode> {
    const dir = await mkdtemp(join(tmpdir(), 'nearcade-node-test-'));
    await mkdir(join(dir, 'secrets'));
    await writeFile(join(dir, 'secrets/fleet-key'), FLEET_KEY, { mode: 0o600 });
    const config = {
      nodeId: 'test-node',
      region: 'test',
      edgeUrl: edge.url,
      signal: { host: '127.0.0.1', port: 0, publicUrl: 'ws://127.0.0.1:{port}/' },
      rtc: { listenIp: '127.0.0.1' },
      slots,
      dataDir: join(dir, 'data'),
      gamesDir: join(ROOT, 'games'),
      gamesBuildDir: join(ROOT, '.nearcade/games'),
      mediaHelper: NATIVE_HELPER,
      uidBase: UID_BASE,
      secrets: { kind: 'files', dir: join(dir, 'secrets') },
      drainSeconds: 3,
      workers: 1,
      cpuBudget: 'measured',
      metrics: { port: 0 },
      ...overrides,
    };
    await writeFile(join(dir, 'node.json'), JSON.stringify(config));
    const main = [NODE, ...nodeOptions, join(ROOT, 'media-node/main.ts'), '--config', join(dir, 'node.json')];
    try {
      return await TestNode.#start(dir, around(main));
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  static async #start(dir: string, command: readonly string[]): Promise<TestNode> {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const node = new TestNode(dir, child);
    try {
      await node.waitForLog(line => line.msg === 'node is up');
    } catch (error) {
      await node.exited();
      throw error;
    }
    return node;
  }

  /** Has died; starts anew with the files that it has left. */
  async again(): Promise<TestNode> {
    await this.#exited;
    return TestNode.#start(this.dir, [
      NODE,
      join(ROOT, 'media-node/main.ts'),
      '--config',
      join(this.dir, 'node.json'),
    ]);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async waitForLog(fits: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.log.find(fits);
      if (found !== undefined) return found;
      if (this.log.some(line => line.msg === 'process exit')) {
        throw new Error(`the node ended: ${JSON.stringify(this.log.slice(-5))}`);
      }
      await this.#changed.promise;
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  exited(): Promise<number | null> {
    return this.#exited;
  }

  async close(): Promise<void> {
    this.signal('SIGTERM');
    this.signal('SIGINT');
    const late = setTimeout(() => this.signal('SIGKILL'), 15_000);
    await this.#exited;
    clearTimeout(late);
    await rm(this.dir, { recursive: true, force: true });
  }

  #note(line: LogLine): void {
    this.log.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
