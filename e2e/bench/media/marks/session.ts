import { z } from 'zod';
import { type MediaMark, quotient } from './mark.ts';

/** Milliseconds; null in JSON is Infinity. */
const time = z.number().nullable();

const clicks = z.object({ frameP50: time, frameMost: time, gameP50: time });

/** What click.ts prints. */
export const clickResultSchema = z.looseObject({
  clickMs: z.object({ ahead: clicks, warm: clicks, cold: clicks, slowAhead: clicks, slowWarm: clicks }),
});

export function clickMarks({ clickMs }: z.infer<typeof clickResultSchema>): MediaMark[] {
  const { ahead, warm, cold, slowAhead, slowWarm } = clickMs;
  const name = 'click to first frame';
  return [
    { name: `${name}, warm, game started ahead: p50`, value: ahead.frameP50, most: 700, unit: 'ms' },
    { name: `${name}, warm, game started then: p50`, value: warm.frameP50, most: 700, unit: 'ms' },
    { name: `${name}, cold, probe: the slowest`, value: cold.frameMost, most: 3000, unit: 'ms' },
    { name: "click to a visual novel's title, started ahead", value: slowAhead.gameP50, unit: 'ms' },
    { name: "click to a visual novel's title, started then", value: slowWarm.gameP50, unit: 'ms' },
  ];
}

/** What sound.ts prints. */
export const soundResultSchema = z.looseObject({
  pixelP50: time,
  beepP50: time,
  presses: z.number(),
  missedBeeps: z.number(),
  /** Mean a sample, while the way to the beep was measured. */
  jitterBufferMs: time,
  seconds: z.number(),
  gaps: z.number(),
  concealedMs: z.number(),
  beepsThen: z.number(),
  missedBeepsThen: z.number(),
});

export function soundMarks(sound: z.infer<typeof soundResultSchema>): MediaMark[] {
  const { pixelP50, beepP50, seconds } = sound;
  const behind = beepP50 === null || pixelP50 === null ? null : beepP50 - pixelP50;
  return [
    {
      name: 'sound: beep after pixel, p50',
      value: behind,
      most: 60,
      unit: 'ms',
      note: `${text(beepP50)} and ${text(pixelP50)} ms; ${text(sound.jitterBufferMs)} ms in the jitter buffer`,
    },
    {
      name: 'sound: beeps not heard',
      value: sound.missedBeeps + sound.missedBeepsThen,
      most: 0,
      unit: 'count',
      note: `of ${sound.presses + sound.beepsThen}`,
    },
    {
      name: `sound: gaps in ${seconds} s`,
      value: sound.gaps,
      most: 0,
      unit: 'count',
      note: `${sound.concealedMs.toFixed(1)} ms made up`,
    },
  ];
}

function text(ms: number | null): string {
  return ms === null ? 'never' : ms.toFixed(0);
}

const latency = z.looseObject({ p50: time });

/** What crowd.ts prints. */
export const crowdResultSchema = z.looseObject({
  alone: latency,
  watched: latency,
  spectators: z.number(),
  packets: z.number(),
  lost: z.number(),
});

export function crowdMarks(crowd: z.infer<typeof crowdResultSchema>): MediaMark[] {
  const { alone, watched, spectators, packets, lost } = crowd;
  return [
    {
      name: `${spectators} spectators: player's p50 over without`,
      value: quotient(watched.p50, alone.p50),
      most: 1.15,
      unit: 'ratio',
      note: `${watched.p50?.toFixed(1)} and ${alone.p50?.toFixed(1)} ms`,
    },
    {
      name: `${spectators} spectators: part of their RTP packets that never came`,
      value: quotient(lost, lost + packets),
      unit: 'part',
      note: `${lost} of ${lost + packets}`,
    },
  ];
}
