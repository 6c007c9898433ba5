import { expect, it } from 'vitest';
import { figuresBetween } from './figures.ts';

const report = (seconds: number, more: Record<string, unknown> = {}) =>
  new Map<string, Record<string, unknown>>([
    ['audio', { id: 'audio', type: 'inbound-rtp', kind: 'audio', bytesReceived: 9e9 }],
    ['pad', { id: 'pad', type: 'inbound-rtp', kind: 'video', mid: 'probator', bytesReceived: 9e9 }],
    [
      'video',
      {
        id: 'video',
        type: 'inbound-rtp',
        kind: 'video',
        codecId: 'c1',
        timestamp: seconds * 1000,
        framesDecoded: 60 * seconds,
        bytesReceived: 250_000 * seconds,
        jitterBufferDelay: 0.3 * seconds,
        jitterBufferEmittedCount: 60 * seconds,
        totalDecodeTime: 0.06 * seconds,
        packetsLost: 3,
        frameWidth: 1280,
        frameHeight: 720,
        ...more,
      },
    ],
    ['c1', { id: 'c1', type: 'codec', mimeType: 'video/H264' }],
    ['p1', { id: 'p1', type: 'candidate-pair', nominated: false, currentRoundTripTime: 9 }],
    ['p2', { id: 'p2', type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.0123 }],
  ]);

it('makes figures of two reports', () => {
  expect(figuresBetween(report(1), report(2))).toEqual({
    framesPerSecond: 60,
    kilobitsPerSecond: 2000,
    roundTripMs: 12.3,
    jitterBufferMs: 5,
    decodeMs: 1,
    packetsLost: 3,
    framesDropped: 0,
    width: 1280,
    height: 720,
    codec: 'H264',
  });
});

it('says nothing about rates from one report, nor when nothing was decoded', () => {
  const first = figuresBetween(undefined, report(1));
  expect(first.framesPerSecond).toBeNull();
  expect(first.width).toBe(1280);
  const still = figuresBetween(report(1), report(2, { framesDecoded: 60, jitterBufferEmittedCount: 60 }));
  expect(still.framesPerSecond).toBe(0);
  expect(still.decodeMs).toBeNull();
  expect(still.jitterBufferMs).toBeNull();
});

it('bears an empty report', () => {
  expect(figuresBetween(undefined, new Map()).codec).toBeNull();
});
