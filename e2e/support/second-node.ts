import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '#local/paths.ts';
import type { Platform } from '#local/platform.ts';
import { freeUidBase } from '#local/services/slot-uids.ts';

/** Another media node of the platform, on this machine, with a disk and users of its own. */
export class SecondNode {
  readonly #dir: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(dir: string, child: ChildProcess) {
    this.#dir = dir;
    this.#child = child;
    this.#exited = new Promise(resolve => child.once('exit', () => resolve()));
  }

  /** Resolves when it has registered. */
  static async start(platform: Platform): Promise<SecondNode> {
    const dir = mkdtempSync(join(tmpdir(), 'nearcade-second-node-'));
    chmodSync(dir, 0o711);
    const first = JSON.parse(readFileSync(join(platform.paths.node, 'config.json'), 'utf8')) as object;
    const runtimeDir = join(dir, 'run');
    mkdirSync(runtimeDir);
    const config = {
      ...first,
      ...{ nodeId: 'local-2', dataDir: join(dir, 'data'), runtimeDir, uidBase: freeUidBase(dir) },
    };
    writeFileSync(join(dir, 'config.json'), JSON.stringify(config), { mode: 0o600 });
    const args = [join(ROOT, 'media-node/main.ts'), '--config', join(dir, 'config.json')];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    const node = new SecondNode(dir, child);
    const lines: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', line => {
        lines.push(line);
        if (line.includes('"node is up"')) resolve();
      });
      void node.#exited.then(() => reject(new Error(`the second node ended: ${lines.slice(-5).join('\n')}`)));
    });
    return node;
  }

  async close(): Promise<void> {
    this.#child.kill('SIGTERM');
    this.#child.kill('SIGINT');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await this.#exited;
    clearTimeout(late);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
