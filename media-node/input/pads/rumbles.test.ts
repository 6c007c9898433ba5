import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Rumble } from '#shared/pads.ts';
import { readRumbles } from './rumble-reader.ts';
import { Rumbles } from './rumbles.ts';

describe('rumble', () => {
  it('is told at once, then at most each 40 ms, and always as it ended', () => {
    const told: [number, Rumble][] = [];
    const due: (() => void)[] = [];
    const rumbles = new Rumbles((pad, rumble) => told.push([pad, rumble]), {
      now: () => 0,
      after: (_, run) => {
        due.push(run);
        return () => undefined;
      },
    });
    for (let low = 1; low <= 1000; low++) rumbles.hear(1, { low, high: 7 });
    expect(told).toEqual([[1, { low: 1, high: 7 }]]);
    due.shift()?.();
    expect(told.slice(1)).toEqual([[1, { low: 1000, high: 7 }]]);
    rumbles.stop();
    due.shift()?.();
    expect(told.slice(2)).toEqual([[1, { low: 0, high: 0 }]]);
    due.shift()?.();
    rumbles.stop();
    expect(told).toHaveLength(3);
    expect(due).toEqual([]);
  });

  it('is read as records, and who says anything else is hung up on', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'nearcade-rumble-'));
    const heard: [number, Rumble][] = [];
    const server = createServer(socket => readRumbles(socket, (pad, rumble) => heard.push([pad, rumble])));
    try {
      const path = join(dir, 'pads');
      await new Promise<void>(listening => server.listen(path, listening));
      const game: Socket = createConnection(path);
      game.write(Buffer.from([1, 3, 0, 0, 1, 2]));
      await new Promise(resolve => setImmediate(resolve));
      game.write(Buffer.from([0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]));
      await new Promise(closed => game.resume().once('close', closed));
      expect(heard).toEqual([
        [3, { low: 0x0201, high: 0xffff }],
        [0, { low: 0, high: 0 }],
      ]);
    } finally {
      server.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
