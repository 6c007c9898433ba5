import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { MicMeter } from '../../../session/voice/mic-meter.ts';

/** How loud the microphone is, as a bar; also while it is muted, so that it can be tried. */
export function MicLevel({ track }: { track: MediaStreamTrack }): JSX.Element {
  const bar = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const meter = new MicMeter(track);
    let frame = 0;
    const show = () => {
      if (bar.current) bar.current.value = meter.level();
      frame = requestAnimationFrame(show);
    };
    show();
    return () => {
      cancelAnimationFrame(frame);
      meter.close();
    };
  }, [track]);
  return (
    <meter
      class="mic-level"
      ref={bar}
      min={0}
      max={1}
      aria-label="Loudness of your microphone"
      data-testid="mic-level"
    />
  );
}
