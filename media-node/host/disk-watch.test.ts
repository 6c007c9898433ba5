import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiskUse, DiskWatch, diskUse } from './disk-watch.ts';
import { until } from './testing.ts';

const MEGABYTE = 1024 * 1024;

describe('disk watch', () => {
  let dir: string;
  let watch: DiskWatch | undefined;
  let over: DiskUse[];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nearcade-disk-'));
    over = [];
  });
  afterEach(() => {
    watch?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const start = (limit: DiskUse) => {
    watch = DiskWatch.start({ dir, limit, onOver: use => over.push(use) });
  };

  it('counts blocks and inodes, follows no links, and is not fooled by holes', async () => {
    writeFileSync(join(dir, 'file'), Buffer.alloc(MEGABYTE, 1));
    writeFileSync(join(dir, 'hole'), '');
    truncateSync(join(dir, 'hole'), 100 * MEGABYTE);
    mkdirSync(join(dir, 'closed'), { mode: 0 });
    symlinkSync('/usr', join(dir, 'usr'));
    const { bytes, files } = await diskUse(dir);
    expect(files).toBe(5);
    expect(bytes).toBeGreaterThanOrEqual(MEGABYTE);
    expect(bytes).toBeLessThan(2 * MEGABYTE);
  });

  it('tells once when a folder holds more bytes than it may', async () => {
    start({ bytes: 10 * MEGABYTE, files: 100 });
    for (let i = 0; i < 3; i++) writeFileSync(join(dir, `file-${i}`), Buffer.alloc(8 * MEGABYTE, 1));
    await until(() => over.length > 0, 'the limit is noticed');
    writeFileSync(join(dir, 'more'), Buffer.alloc(8 * MEGABYTE, 1));
    expect(over).toHaveLength(1);
    expect(over[0]?.bytes).toBeGreaterThan(10 * MEGABYTE);
  });

  it('tells when a folder holds more files than it may', async () => {
    start({ bytes: 100 * MEGABYTE, files: 1000 });
    for (let i = 0; i < 2000; i++) writeFileSync(join(dir, `file-${i}`), '');
    await until(() => over.length > 0, 'the limit is noticed', 10_000);
    expect(over[0]?.files).toBeGreaterThan(1000);
  });

  it('says nothing once it is closed', async () => {
    start({ bytes: 0, files: 0 });
    watch?.close();
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(over).toEqual([]);
  });
});
