import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SAVE_MAX_ENTRIES, SAVE_MAX_UNPACKED_BYTES } from './limits.ts';
import { pack } from './pack.ts';
import { archiveOf, sha256, TestHome } from './testing.ts';

let home: TestHome;
beforeEach(() => {
  home = new TestHome();
});
afterEach(() => home.close());

describe('an archive that nobody of ours made', () => {
  it('cannot leave its folder', async () => {
    for (const name of [
      '../up',
      '/etc/x',
      'a/../../up',
      'a/./b',
      '..',
      '.',
      'a//b',
      `${'d/'.repeat(40)}x`,
      `${'n'.repeat(2000)}`,
    ]) {
      const { code, target } = await home.unpackTar(await archiveOf([{ name, text: 'x' }]));
      expect([name, code]).toEqual([name, 'save_invalid']);
      expect(readdirSync(target)).toEqual([]);
      expect(readdirSync(dirname(target))).toEqual(['target']);
    }
  });

  it('makes no links and devices, and writes through none', async () => {
    for (const type of ['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const) {
      const entries = [
        { name: 'out', type, linkname: '/tmp' },
        { name: 'out/file', text: 'x' },
      ];
      const { code, target } = await home.unpackTar(await archiveOf(entries));
      expect([type, code, readdirSync(target)]).toEqual([type, 'save_invalid', []]);
    }
  });

  it('has no name twice', async () => {
    const twice = await archiveOf([
      { name: 'a', text: '1' },
      { name: 'a', text: '2' },
    ]);
    expect((await home.unpackTar(twice)).code).toBe('save_invalid');
    const both = await archiveOf([
      { name: 'a', text: '1' },
      { name: 'a/b', text: '2' },
    ]);
    expect((await home.unpackTar(both)).code).toBe('save_invalid');
  });

  it('is refused when it is a bomb', async () => {
    const packed = zstdCompressSync(Buffer.alloc(SAVE_MAX_UNPACKED_BYTES + 64 * 1024 * 1024));
    expect(packed.length).toBeLessThan(100_000);
    expect((await home.unpackBytes(packed, sha256(packed))).code).toBe('save_invalid');
    const many = Array.from({ length: SAVE_MAX_ENTRIES + 1 }, (_, index) => ({ name: String(index) }));
    expect((await home.unpackTar(await archiveOf(many))).code).toBe('save_invalid');
  });
});

describe('an archive that was damaged on its way', () => {
  it('is refused wherever it is cut', async () => {
    for (const name of ['a', 'b/c']) home.put(`saves/${name}`, name.repeat(3000));
    const file = home.fresh();
    const { sha256: sum } = await pack(home.dir, ['saves'], file);
    const whole = readFileSync(file);
    expect((await home.unpackBytes(whole, sum)).code).toBe('unpacked');
    for (let length = 0; length < whole.length; length += 7) {
      const cut = whole.subarray(0, length);
      expect((await home.unpackBytes(cut, sum)).code).toBe('save_invalid');
      // Even if somebody had computed the checksum of the stump.
      expect((await home.unpackBytes(cut, sha256(cut))).code).toBe('save_invalid');
    }
    const bytes = zstdDecompressSync(whole);
    for (let length = 0; length < bytes.length; length += 512) {
      expect([length, (await home.unpackTar(bytes.subarray(0, length))).code]).toEqual([
        length,
        'save_invalid',
      ]);
    }
  });

  it('is refused when a bit of it flips, and never taken for another save', async () => {
    home.put('saves/a', 'content '.repeat(40));
    const file = home.fresh();
    const { sha256: sum } = await pack(home.dir, ['saves'], file);
    const whole = readFileSync(file);
    for (let bit = 0; bit < whole.length * 8; bit += 5) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect((await home.unpackBytes(flipped, sum)).code).toBe('save_invalid');
    }
  });
});
