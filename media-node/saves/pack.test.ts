import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SAVE_MAX_ENTRIES, SAVE_MAX_UNPACKED_BYTES } from './limits.ts';
import { pack } from './pack.ts';
import { SaveThread } from './save-thread.ts';
import { contentsOf, TestHome } from './testing.ts';
import { walk } from './tree.ts';
import { unpack } from './unpack.ts';

let test: TestHome;
let home: string;
let dir: string;

beforeEach(() => {
  test = new TestHome();
  home = test.dir;
  dir = test.above;
});
afterEach(() => test.close());

const fresh = (): string => test.fresh();
const put = (path: string, content: string | Buffer, at = home): void => test.put(path, content, at);
const through = (paths: readonly string[]) => test.through(paths);

describe('a packed save', () => {
  it('holds what lies at the save paths, and nothing else', async () => {
    put('.renpy/game/1-1-LT1.save', 'one');
    put('.renpy/game/persistent', Buffer.from([0, 255, 10]));
    put('scores.txt', '42');
    put('cache/shader.bin', 'not a save');
    mkdirSync(join(home, '.renpy/empty'));
    expect(await through(['.renpy/', './scores.txt', 'not/there'])).toEqual({
      '.renpy': null,
      '.renpy/empty': null,
      '.renpy/game': null,
      '.renpy/game/1-1-LT1.save': 'one',
      '.renpy/game/persistent': '\x00\xff\n',
      'scores.txt': '42',
    });
    expect(await through(['cache/shader.bin'])).toEqual({ cache: null, 'cache/shader.bin': 'not a save' });
    // Paths within each other: each file once.
    expect(Object.keys(await through(['.renpy', '.renpy/game']))).toHaveLength(5);
  });

  it('is the same bytes for the same files, and others for others', async () => {
    for (const name of ['b', 'a', 'ü/x', 'ü/a']) put(name, name);
    const packed = async (at: string) => (await pack(at, ['a', 'b', 'ü'], fresh())).sha256;
    // The same again, made in another order, with rights and fractions of a second of its own.
    const other = join(dir, 'other');
    for (const name of ['a', 'ü/a', 'b', 'ü/x']) {
      put(name, name, other);
      utimesSync(join(other, name), 1, 1_000_000_000.25);
      utimesSync(join(home, name), 2, 1_000_000_000.75);
    }
    chmodSync(join(other, 'a'), 0o644);
    expect(await packed(other)).toBe(await packed(home));
    put('a', 'another', other);
    expect(await packed(other)).not.toBe(await packed(home));
  });

  it('brings back times and what may be run, and packs to the same bytes again', async () => {
    put('saves/1', 'one');
    put('saves/tool', '#!/bin/sh');
    utimesSync(join(home, 'saves/1'), 5, 1_000_000_000.5);
    chmodSync(join(home, 'saves/tool'), 0o755);
    const file = fresh();
    const packed = await pack(home, ['saves'], file);
    const target = join(dir, 'again');
    mkdirSync(target);
    await unpack(file, packed.sha256, target);
    expect(statSync(join(target, 'saves/1')).mtimeMs).toBe(1_000_000_000_000);
    expect(statSync(join(target, 'saves/1')).mode & 0o777).toBe(0o600);
    expect(statSync(join(target, 'saves/tool')).mode & 0o777).toBe(0o700);
    expect((await pack(target, ['saves'], fresh())).sha256).toBe(packed.sha256);
  });

  it('survives any names and contents', async () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
      .filter(text => !/[/\0\uFFFD]/.test(text) && text !== '.' && text !== '..' && text.isWellFormed())
      .filter(text => Buffer.byteLength(text) < 250);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, fc.uint8Array({ maxLength: 2000 })), async contents => {
        rmSync(home, { recursive: true });
        mkdirSync(home);
        for (const [path, bytes] of Object.entries(contents)) put(`s/${path}`, Buffer.from(bytes));
        const out = await through(['s']);
        const files = Object.entries(contents).map(([path, bytes]) => [
          `s/${path}`,
          Buffer.from(bytes).toString('latin1'),
        ]);
        expect(out).toEqual(files.length === 0 ? {} : { s: null, ...Object.fromEntries(files) });
      }),
      { numRuns: 30 },
    );
  });
});

describe('a home that a hostile game made', () => {
  it('gives nothing of what its links point to', async () => {
    writeFileSync(join(dir, 'secret'), 'secret');
    mkdirSync(join(dir, 'elsewhere'));
    writeFileSync(join(dir, 'elsewhere/secret'), 'secret');
    put('saves/real', 'real');
    symlinkSync(join(dir, 'secret'), join(home, 'saves/link'));
    symlinkSync('../../elsewhere', join(home, 'saves/folder'));
    symlinkSync('/', join(home, 'root'));
    expect(await through(['saves', 'root', 'root/etc/passwd', 'saves/folder/secret', 'saves/link'])).toEqual({
      saves: null,
      'saves/real': 'real',
    });
    rmSync(join(home, 'saves'), { recursive: true });
    symlinkSync('../elsewhere', join(home, 'saves'));
    const packed = await pack(home, ['saves'], fresh());
    expect(packed).toMatchObject({ entries: 0, skipped: 1 });
    expect(await through(['saves/secret'])).toEqual({});
  });

  it('gives nothing away while it renames folders and links to and fro', async () => {
    writeFileSync(join(dir, 'secret'), 'secret');
    mkdirSync(join(dir, 'elsewhere/deep'), { recursive: true });
    for (const name of ['a', 'deep/b']) writeFileSync(join(dir, 'elsewhere', name), 'secret');
    for (const name of ['a', 'deep/b']) put(`saves/x/${name}`, 'mine');
    symlinkSync('../../elsewhere', join(home, 'saves/y'));
    // Another thread, as fast as it can: x and y change places, so that every check is followed by a change.
    const swap = new Worker(
      `const { renameSync } = require('node:fs'); const { workerData } = require('node:worker_threads');
       for (;;) { renameSync(workerData + '/x', workerData + '/z'); renameSync(workerData + '/y', workerData + '/x');
         renameSync(workerData + '/x', workerData + '/y'); renameSync(workerData + '/z', workerData + '/x'); }`,
      { eval: true, workerData: join(home, 'saves') },
    );
    try {
      for (let round = 0; round < 150; round++) {
        const file = fresh();
        await pack(home, ['saves'], file).catch(() => undefined);
        if (existsSync(file)) expect(zstdDecompressSync(readFileSync(file)).includes('secret')).toBe(false);
      }
    } finally {
      await swap.terminate();
    }
  });

  it('does not hang or fail by FIFOs, sockets and devices', async () => {
    put('saves/real', 'real');
    execFileSync('mkfifo', [join(home, 'saves/pipe')]);
    // Only root can, and not in every container.
    spawnSync('mknod', [join(home, 'saves/zero'), 'c', '1', '5']);
    const socket = createServer();
    await new Promise<void>(resolve => socket.listen(join(home, 'saves/socket'), resolve));
    try {
      expect(await through(['saves', 'saves/pipe'])).toEqual({ saves: null, 'saves/real': 'real' });
    } finally {
      socket.close();
    }
  });

  it('is refused when it is a giant file, many files, too much in sum, or too deep', async () => {
    put('saves/giant', '');
    truncateSync(join(home, 'saves/giant'), 2 ** 40);
    const refusal = { code: 'save_too_large' };
    await expect(pack(home, ['saves'], fresh())).rejects.toMatchObject(refusal);
    truncateSync(join(home, 'saves/giant'), SAVE_MAX_UNPACKED_BYTES);
    expect(walk(home, ['saves'])).toMatchObject({ entries: 2, bytes: SAVE_MAX_UNPACKED_BYTES });
    put('saves/one-more', 'x');
    await expect(pack(home, ['saves'], fresh())).rejects.toMatchObject(refusal);
    rmSync(join(home, 'saves'), { recursive: true });
    for (let index = 0; index <= SAVE_MAX_ENTRIES; index++) put(`saves/${index}`, '');
    await expect(pack(home, ['saves'], fresh())).rejects.toMatchObject(refusal);
    rmSync(join(home, 'saves'), { recursive: true });
    mkdirSync(join(home, 'saves', ...Array.from({ length: 60 }, () => 'd')), { recursive: true });
    await expect(pack(home, ['saves'], fresh())).rejects.toMatchObject(refusal);
  });

  it('is not taken for steady while it writes', async () => {
    put('saves/1', 'one');
    const file = fresh();
    const packing = pack(home, ['saves'], file);
    put('saves/2', 'two'); // pack() waits once, between its second and its third look
    expect(await packing).toMatchObject({ steady: false });
    expect(await pack(home, ['saves'], fresh())).toMatchObject({ steady: true });
  });
});

describe('the thread', () => {
  it('does it all beside the node’s own, tells errors by their code, and comes back when it was ended', async () => {
    const thread = new SaveThread();
    put('saves/a', 'one');
    expect(await thread.scan(home, ['saves'])).toMatchObject({ entries: 2, bytes: 3 });
    const file = fresh();
    const packed = await thread.pack(home, ['saves'], file);
    const target = fresh();
    mkdirSync(target);
    await thread.unpack(file, packed.sha256, target);
    expect(contentsOf(target)).toEqual({ saves: null, 'saves/a': 'one' });
    await expect(thread.unpack(file, '0'.repeat(64), fresh())).rejects.toMatchObject({
      code: 'save_invalid',
    });
    const running = thread.scan(home, ['saves']);
    await thread.close();
    await expect(running).rejects.toMatchObject({ code: 'internal' });
    expect(await thread.scan(home, ['saves'])).toMatchObject({ entries: 2 });
    await thread.close();
  });

  it('runs at the lowest priority, and leaves the node’s own thread its', async () => {
    const thread = new SaveThread();
    await thread.scan(home, []);
    const nices = readdirSync('/proc/self/task').map(task => {
      const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8');
      return { task, nice: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) };
    });
    expect(nices.filter(({ nice }) => nice === 19).length).toBeGreaterThan(0);
    expect(nices.find(({ task }) => task === String(process.pid))?.nice).not.toBe(19);
    await thread.close();
  });
});

it('what a player downloads is a plain .tar.zst', async () => {
  put('saves/a', 'one');
  const file = fresh();
  await pack(home, ['saves'], file);
  renameSync(file, `${file}.tar.zst`);
  const archive = extract();
  archive.end(zstdDecompressSync(readFileSync(`${file}.tar.zst`)));
  const names: string[] = [];
  for await (const entry of archive) {
    names.push(entry.header.name);
    entry.resume();
  }
  expect(names).toEqual(['saves/', 'saves/a']);
});
