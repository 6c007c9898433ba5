import type { JSX } from 'preact';
import type { SessionRecording } from '../../session/session-recording.ts';
import { useAction } from '../use-action.ts';

/** Says to everybody in the session that it is being recorded and by whom; gives its host the means. */
export function RecordingNotice({
  recording,
  host,
}: {
  recording: SessionRecording;
  host: boolean;
}): JSX.Element | null {
  const stop = useAction(() => recording.record(false));
  const by = recording.by.value;
  const made = recording.made.value;
  if (by === null && !made) return null;
  return (
    <p class="notice recording-notice" role="status" data-own-keys data-testid="recording-notice">
      {by !== null && (
        <>
          <strong>{host ? 'You record' : `${by} records`}</strong> this session: picture and sound of the
          game, no voices.
        </>
      )}
      {by !== null && host && recording.untold.value > 0 && (
        <span data-testid="recording-untold">
          {' '}
          {recording.untold.value === 1 ? 'One watches' : `${recording.untold.value} watch`} in another player
          (WHEP), which may not show this: tell them.
        </span>
      )}
      {by !== null && host && (
        <button
          class="button small"
          type="button"
          disabled={stop.busy}
          data-testid="recording-stop"
          onClick={() => stop.run()}
        >
          Stop
        </button>
      )}
      {by === null && (
        <a
          class="button small"
          href="/recordings"
          target="_blank"
          rel="noopener"
          data-testid="recordings-link"
        >
          My recordings
        </a>
      )}
    </p>
  );
}
