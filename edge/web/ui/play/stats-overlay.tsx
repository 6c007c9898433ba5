import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { PlaySession } from '../../session/play-session.ts';
import { StatsSampler } from '../../stats/sampler.ts';

/** Live figures; sampled only while they are shown. */
export function StatsOverlay({ play }: { play: PlaySession }): JSX.Element {
  const sampler = useSignal<StatsSampler | null>(null);
  useEffect(() => {
    const opened = new StatsSampler(() => play.stats());
    sampler.value = opened;
    return () => opened.close();
  }, [play]);
  const figures = sampler.value?.figures.value;
  const picture = figures?.width ? `${figures.width}×${figures.height}` : null;
  const rows: [key: string, label: string, value: string | number | null | undefined, unit: string][] = [
    ['fps', 'Frames', figures?.framesPerSecond, ' fps'],
    ['resolution', 'Picture', picture, ''],
    ['codec', 'Codec', figures?.codec, ''],
    ['bitrate', 'Bit rate', figures?.kilobitsPerSecond, ' kbit/s'],
    ['rtt', 'Round trip', figures?.roundTripMs ?? rounded(play.roundTripMs.value), ' ms'],
    ['jitter-buffer', 'Jitter buffer', figures?.jitterBufferMs, ' ms'],
    ['decode', 'Decode', figures?.decodeMs, ' ms'],
    ['lost', 'Lost packets', figures?.packetsLost, ''],
    ['dropped', 'Dropped frames', figures?.framesDropped, ''],
  ];
  return (
    <dl class="figures" data-testid="overlay-stats">
      {rows.map(([key, label, value, unit]) => (
        <div key={key}>
          <dt>{label}</dt>
          <dd data-figure={key}>{value === null || value === undefined ? '–' : `${value}${unit}`}</dd>
        </div>
      ))}
    </dl>
  );
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}
