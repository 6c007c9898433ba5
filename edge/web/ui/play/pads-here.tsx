import type { JSX } from 'preact';
import type { InputCapture } from '../../input/input-capture.ts';
import type { PlaySession } from '../../session/play-session.ts';
import { padLines } from './pad-words.ts';

/** As of now; whoever shows them is drawn anew when they change. */
export function linesOfPads(play: PlaySession, { pads }: InputCapture): string[] {
  const own = play.welcome.value?.seat;
  if (own == null) return [];
  return padLines({
    inHand: pads.inHand.value,
    own,
    seats: play.padSeats.value,
    waiting: pads.waiting.value,
  });
}

/** Which gamepad at this page plays whom. The host, who may have several, may leave their own seat to the keyboard. */
export function PadsHere({
  play,
  capture,
}: {
  play: PlaySession;
  capture: InputCapture;
}): JSX.Element | null {
  const { pads } = capture;
  const lines = linesOfPads(play, capture);
  if (!play.welcome.value?.pad || (lines.length === 0 && pads.own.value)) return null;
  return (
    <>
      <ul class="seats" data-testid="pads-here">
        {lines.map(line => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {play.welcome.value.host && (
        <label class="new-table-check">
          <input
            type="checkbox"
            checked={!pads.own.value}
            data-testid="pads-beside"
            onChange={event => pads.setOwn(!event.currentTarget.checked)}
          />
          <span>I play by keys: gamepads are for those beside me</span>
        </label>
      )}
    </>
  );
}
