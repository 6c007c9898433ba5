import { describe, expect, it } from 'vitest';
import { formatMarks } from '../table.ts';
import { gamesMarks, pollingMarks } from './cost.ts';
import { cutMarks, dropMarks } from './link.ts';
import { type MediaMark, quotient, verdictOf } from './mark.ts';
import { pressMarks, wanMarks } from './press.ts';
import { clickMarks, crowdMarks, soundMarks } from './session.ts';

const floor = { inputMs: 2, grabMs: 1, encodeMs: 2, decodeMs: 1, halfRefreshMs: 8, totalMs: 14 };
const cell = (link: string, scene: string, target: string, p50: number, p90: number, p99 = p90) => ({
  link,
  scene,
  target,
  measurement: { n: 40, p50, p90, p99, misses: 0, floor: target === 'nearcade' ? floor : null },
});
const named = (marks: MediaMark[], name: string) => {
  const found = marks.find(mark => mark.name === name);
  if (found === undefined) throw new Error(`no mark ${name}`);
  return found;
};
const verdicts = (marks: MediaMark[]) => marks.map(verdictOf);

describe('a mark', () => {
  it('is reached at its bound, and not by what was not measured', () => {
    const mark = { name: '', unit: 'ratio' } as const;
    expect(verdictOf({ ...mark, value: 1, most: 1 })).toBe('reached');
    expect(verdictOf({ ...mark, value: 1.01, most: 1 })).toBe('MISSED');
    expect(verdictOf({ ...mark, value: 0.79, least: 0.8 })).toBe('MISSED');
    expect(verdictOf({ ...mark, value: Number.POSITIVE_INFINITY, most: 1 })).toBe('MISSED');
    expect(verdictOf({ ...mark, value: null, most: 1 })).toBe('not measured');
    expect(verdictOf({ ...mark, value: 3 })).toBe('told');
  });

  it('divides nothing by nothing', () => {
    expect(quotient(1, 2)).toBe(0.5);
    expect(quotient(1, 0)).toBeNull();
    expect(quotient(null, 1)).toBeNull();
    expect(quotient(1, undefined)).toBeNull();
  });
});

describe('press to pixel', () => {
  const cells = [cell('none', 'still', 'nearcade', 16, 25), cell('none', 'still', 'novnc', 32, 40)];

  it('is compared with noVNC in the same run, with itself and with the floor', () => {
    const marks = pressMarks({ cells });
    expect(named(marks, "press to pixel, still: p50 over noVNC's").value).toBe(0.5);
    expect(verdictOf(named(marks, 'press to pixel, still: p90 over p50'))).toBe('MISSED');
    const above = named(marks, 'press to pixel, still: p50 over the floor');
    expect(above.value).toBeCloseTo(16 / 14);
    expect(above.note).toContain('floor 14.0 ms = input 2.0 + grab 1.0');
  });

  it('is not measured where a target failed', () => {
    const marks = pressMarks({ cells: cells.slice(0, 1) });
    expect(verdictOf(named(marks, "press to pixel, still: p50 over noVNC's"))).toBe('not measured');
    expect(verdictOf(named(marks, 'press to pixel, scroll: p50 over the floor'))).toBe('not measured');
  });

  it('over a lossy link may take 1.2 of its own p90 and the round trip', () => {
    const lossy = cell('wan-1', 'still', 'nearcade', 37, 51, 93);
    const marks = wanMarks({ cells: [...cells, lossy] });
    expect(named(marks, 'wan-1, still: p90 over 1.2 unimpaired p90 + round trip').value).toBeCloseTo(51 / 50);
    expect(verdictOf(named(marks, 'wan-1, still: p99 over p50'))).toBe('MISSED');
    expect(verdictOf(named(marks, 'wan-1, still: missed presses'))).toBe('reached');
    expect(verdictOf(named(marks, 'wan-0.5, still: missed presses'))).toBe('not measured');
  });
});

describe('the other parts', () => {
  it('know freezes and the use of a narrow link', () => {
    const result = {
      before: { p50: 40, mbit: 6 },
      drop: { p50: 90, longestFreezeMs: 300 },
      settled: { p50: 50, mbit: 2.3, linkMbit: 2.5 },
      recovered: { p50: 41, mbit: 6 },
    };
    expect(verdicts(dropMarks(result))).toEqual(['reached', 'reached', 'reached', 'reached', 'reached']);
    const worse = {
      ...result,
      settled: { p50: 60, mbit: 1.8, linkMbit: 2 },
      recovered: { p50: 41, mbit: 3 },
    };
    expect(verdicts(dropMarks(worse))).toEqual(['reached', 'MISSED', 'MISSED', 'reached', 'MISSED']);
  });

  it('judge a cut by the slowest picture, and by one that never came back', () => {
    expect(cutMarks({ cutMs: 2000, backMs: [200, 990] }).map(({ value }) => value)).toEqual([990]);
    expect(verdicts(cutMarks({ cutMs: 2000, backMs: [200, null] }))).toEqual(['MISSED']);
  });

  it('know late beeps, beeps that were not heard, and gaps', () => {
    const sound = {
      ...{ pixelP50: 18, beepP50: 74, presses: 40, missedBeeps: 0, jitterBufferMs: 30 },
      ...{ seconds: 600, gaps: 1, concealedMs: 10, beepsThen: 300, missedBeepsThen: 1 },
    };
    expect(verdicts(soundMarks(sound))).toEqual(['reached', 'MISSED', 'MISSED']);
    expect(verdicts(soundMarks({ ...sound, beepP50: 79 }))[0]).toBe('MISSED');
  });

  it('hold a cold click against the slowest', () => {
    const quick = { frameP50: 300, frameMost: 400, gameP50: 350 };
    const clickMs = {
      ahead: quick,
      warm: quick,
      cold: { ...quick, frameMost: 3100 },
      slowAhead: quick,
      slowWarm: { ...quick, gameP50: 4000 },
    };
    expect(verdicts(clickMarks({ clickMs }))).toEqual(['reached', 'reached', 'MISSED', 'told', 'told']);
  });

  it('compare a watched player with themselves', () => {
    const crowd = { alone: { p50: 20 }, watched: { p50: 23 }, spectators: 200, packets: 900, lost: 100 };
    expect(crowdMarks(crowd).map(({ value }) => value)).toEqual([1.15, 0.1]);
  });

  it('compare the cost with polling, and tell it of each game', () => {
    const scenes = [{ scene: 'busy', nearcade: 13, polling: 20 }];
    expect(verdicts(pollingMarks({ scenes }))).toEqual(['MISSED']);
    const costs = [
      {
        ...{ game: 'the-question', picture: '640x360 30', playedPerMinute: 6 },
        ...{ idlePerMinute: 1.2, sessionsPerCore: 10 },
      },
    ];
    expect(verdicts(gamesMarks({ costs }))).toEqual(['reached', 'told']);
    expect(verdicts(gamesMarks({ costs: [] }))).toEqual(['not measured']);
  });
});

describe('the table', () => {
  it('has a row a mark: what was reached, the aim, whether, and what it is made of', () => {
    const table = formatMarks([
      { name: 'a', value: 0.5, most: 0.8, unit: 'ratio', note: '12 and 24 ms' },
      { name: 'longer', value: Number.POSITIVE_INFINITY, most: 700, unit: 'ms' },
      { name: 'b', value: 12.3, unit: 'ratio' },
      { name: 'c', value: null, least: 0.8, unit: 'part' },
    ]).split('\n');
    const cells = table.map(row => row.split('|').map(cell => cell.trim()));
    expect(cells[0]).toEqual(['', 'mark', 'reached', 'aim', '', 'made of', '']);
    expect(cells[1]?.[1]).toMatch(/^-+$/);
    expect(cells.slice(2)).toEqual([
      ['', 'a', '0.50', 'at most 0.8', 'reached', '12 and 24 ms', ''],
      ['', 'longer', 'never', 'at most 700 ms', 'MISSED', '', ''],
      ['', 'b', '12.30', '', 'told', '', ''],
      ['', 'c', '-', 'at least 0.8', 'not measured', '', ''],
    ]);
    expect(new Set(table.map(row => row.length)).size).toBe(1);
  });
});
