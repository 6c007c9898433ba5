import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { GameOutput } from './game-output.ts';

/** Lets what was written come through. */
const turn = () => new Promise(resolve => setImmediate(resolve));

describe('what a game prints', () => {
  it('comes as lines, whole or in pieces, the last twenty kept', async () => {
    const lines: string[] = [];
    const output = new GameOutput(line => lines.push(line));
    const stream = new PassThrough();
    output.listen(stream);
    const euro = Buffer.from('price: €\n');
    stream.write(euro.subarray(0, 9));
    stream.write(euro.subarray(9));
    stream.write('a\nb\nlast without end');
    stream.end();
    await turn();
    await turn();
    expect(lines).toEqual(['price: €', 'a', 'b', 'last without end']);
    for (let i = 0; i < 100; i++) output.listen(PassThrough.from([`${i}\n`]) as PassThrough);
    await turn();
    await turn();
    expect(output.last.split('\n')).toEqual(Array.from({ length: 20 }, (_, i) => String(80 + i)));
  });

  it('keeps the beginning of a line without end, and reads no more than its share a second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const output = new GameOutput(() => undefined);
      const chunk = Buffer.alloc(64 * 1024, 'x');
      let asked = 0;
      output.listen(
        new Readable({
          read() {
            asked += chunk.length;
            this.push(chunk);
          },
        }),
      );
      for (let i = 0; i < 100; i++) await turn();
      // Its share, and what a stream holds ready.
      expect(asked).toBeLessThanOrEqual(256 * 1024);
      expect(output.last).toBe('');
      const inFirst = asked;
      vi.advanceTimersByTime(1000);
      for (let i = 0; i < 100; i++) await turn();
      expect(asked - inFirst).toBe(128 * 1024);
    } finally {
      vi.useRealTimers();
    }
  });
});
