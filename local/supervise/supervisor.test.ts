import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChildSpec } from './child.ts';
import { takeLock } from './lock.ts';
import { requirePort } from './ports.ts';
import { isRunning, listProcesses, processInfo } from './processes.ts';
import { endLeftovers } from './run-record.ts';
import { Supervisor } from './supervisor.ts';

let dir: string;
let runFile: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-supervise-'));
  runFile = join(dir, 'run.json');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A shell that starts a grandchild in a session of its own, writes both pids into a file, and stays. */
function family(name: string, trap = ''): ChildSpec {
  const script = `${trap} setsid sleep 300 & echo $! > ${dir}/${name}.grandchild; echo $$ > ${dir}/${name}.pid; while :; do sleep 0.1; done`;
  return { name, command: 'sh', args: ['-c', script], cwd: dir, env: process.env, logFile: join(dir, 'log') };
}

async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = existsSync(join(dir, file)) ? readFileSync(join(dir, file), 'utf8').trim() : '';
    if (text !== '') return Number(text);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

async function gone(pid: number): Promise<void> {
  while (listProcesses().some(info => info.pid === pid)) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

describe('a supervised child', () => {
  it('ends with its grandchildren, also those in another session', async () => {
    const supervisor = new Supervisor(runFile);
    const child = await supervisor.start(family('a'));
    const grandchild = await pidIn('a.grandchild');
    expect(isRunning(grandchild, processInfo(grandchild)?.startTime ?? '')).toBe(true);
    await supervisor.close();
    await gone(grandchild);
    expect(child.running).toBe(false);
    expect(existsSync(runFile)).toBe(false);
  });

  it('is killed when it does not end in time', async () => {
    const supervisor = new Supervisor(runFile);
    const child = await supervisor.start({ ...family('stubborn', "trap '' TERM;"), stopTimeoutMs: 200 });
    const grandchild = await pidIn('stubborn.grandchild');
    await supervisor.close();
    await expect(child.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    await gone(grandchild);
  });

  it('that ends by itself is reported with the end of its log', async () => {
    const supervisor = new Supervisor(runFile);
    await supervisor.start({
      name: 'short',
      command: 'sh',
      args: ['-c', 'echo first words; exit 3'],
      cwd: dir,
      env: process.env,
      logFile: join(dir, 'log'),
    });
    const failure = await supervisor.failed;
    expect(failure.message).toMatch(/^short ended unexpectedly with code 3\..*\nfirst words$/s);
    await supervisor.close();
  });

  it('whose program is missing is reported by name', async () => {
    const supervisor = new Supervisor(runFile);
    await supervisor.start({ ...family('missing'), command: '/nonexistent/program' });
    expect((await supervisor.failed).message).toContain('/nonexistent/program');
    await supervisor.close();
  });
});

describe('when the supervising process is killed by SIGKILL', () => {
  /** A process that supervises one family and does nothing else. */
  async function parent(trap: string): Promise<{ process: ChildProcess; child: number; grandchild: number }> {
    const program = `
      import { Supervisor } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))};
      await new Supervisor(${JSON.stringify(runFile)}).start(${JSON.stringify({ ...family('orphan', trap), env: {} })});`;
    const started = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      cwd: import.meta.dirname,
      stdio: 'inherit',
    });
    return {
      process: started,
      child: await pidIn('orphan.pid'),
      grandchild: await pidIn('orphan.grandchild'),
    };
  }

  it('the child is told by the kernel', async () => {
    const family = await parent('');
    family.process.kill('SIGKILL');
    await gone(family.child);
    await endLeftovers(runFile);
    await gone(family.grandchild);
  });

  it('the next start finds and ends what did not listen', async () => {
    const family = await parent("trap '' TERM;");
    family.process.kill('SIGKILL');
    await new Promise(resolve => family.process.once('exit', resolve));
    expect(listProcesses().some(info => info.pid === family.child)).toBe(true);
    expect(await endLeftovers(runFile)).toBeGreaterThanOrEqual(2);
    expect(listProcesses().some(info => [family.child, family.grandchild].includes(info.pid))).toBe(false);
    expect(await endLeftovers(runFile)).toBe(0);
  });
});

describe('ports and locks', () => {
  it('says in one sentence which port is in use, and how to choose another', async () => {
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(requirePort(port, 'the web page', '--port N')).rejects.toThrow(
      `Port ${port} for the web page is in use: choose another by --port N.`,
    );
    await new Promise(resolve => server.close(resolve));
    await expect(requirePort(port, 'the web page', '--port N')).resolves.toBe(port);
  });

  it('gives a lock to one at a time', async () => {
    const lock = await takeLock(dir, 'test');
    expect(lock).toBeDefined();
    expect(await takeLock(dir, 'test')).toBeUndefined();
    await lock?.close();
    const again = await takeLock(dir, 'test');
    expect(again).toBeDefined();
    await again?.close();
  });
});
