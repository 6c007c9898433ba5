/** What the overlay shows, each since the sample before. Null: the browser does not tell, or not yet. */
export interface Figures {
  framesPerSecond: number | null;
  kilobitsPerSecond: number | null;
  /** Of the media path, by ICE. */
  roundTripMs: number | null;
  jitterBufferMs: number | null;
  decodeMs: number | null;
  packetsLost: number;
  framesDropped: number;
  width: number | null;
  height: number | null;
  codec: string | null;
}

/** One statistics object; only what is asked for here is read (W3C WebRTC Statistics). */
type Stat = Record<string, unknown>;

/** The part of RTCStatsReport that is used. */
export interface StatsReport {
  forEach(visit: (stat: Stat) => void): void;
}

/** Figures of the video between two reports of the receiving connection. Pure. */
export function figuresBetween(before: StatsReport | undefined, now: StatsReport): Figures {
  const video = find(now, isVideo);
  const earlier = before && find(before, isVideo);
  const delta = (name: string) => number(video, name) - number(earlier, name);
  const seconds = delta('timestamp') / 1000;
  const comparable = video !== undefined && earlier !== undefined && seconds > 0;
  const frames = delta('framesDecoded');
  const emitted = delta('jitterBufferEmittedCount');
  const codec = find(now, stat => stat.id === video?.codecId);
  const pair = find(now, stat => stat.type === 'candidate-pair' && stat.nominated === true);
  return {
    framesPerSecond: comparable ? round(frames / seconds, 0) : null,
    kilobitsPerSecond: comparable ? round((delta('bytesReceived') * 8) / 1000 / seconds, 0) : null,
    roundTripMs:
      typeof pair?.currentRoundTripTime === 'number' ? round(pair.currentRoundTripTime * 1000, 1) : null,
    jitterBufferMs:
      comparable && emitted > 0 ? round((delta('jitterBufferDelay') / emitted) * 1000, 1) : null,
    decodeMs: comparable && frames > 0 ? round((delta('totalDecodeTime') / frames) * 1000, 1) : null,
    packetsLost: number(video, 'packetsLost'),
    framesDropped: number(video, 'framesDropped'),
    width: typeof video?.frameWidth === 'number' ? video.frameWidth : null,
    height: typeof video?.frameHeight === 'number' ? video.frameHeight : null,
    codec: typeof codec?.mimeType === 'string' ? codec.mimeType.replace(/^video\//, '') : null,
  };
}

function isVideo(stat: Stat): boolean {
  // The probation stream of the bandwidth estimator is video as well, and never decodes a frame.
  return stat.type === 'inbound-rtp' && stat.kind === 'video' && stat.mid !== 'probator';
}

function find(report: StatsReport, test: (stat: Stat) => boolean): Stat | undefined {
  let found: Stat | undefined;
  report.forEach(stat => {
    if (test(stat) && (!found || number(stat, 'bytesReceived') > number(found, 'bytesReceived')))
      found = stat;
  });
  return found;
}

function number(stat: Stat | undefined, name: string): number {
  const value = stat?.[name];
  return typeof value === 'number' ? value : 0;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
