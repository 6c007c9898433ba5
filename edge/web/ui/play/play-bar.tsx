import { type Signal, useSignal } from '@preact/signals';
import type { JSX, RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { InputCapture } from '../../input/input-capture.ts';
import type { PlaySession } from '../../session/play-session.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { BarButton } from './bar-button.tsx';
import { ControlsPanel } from './controls-panel.tsx';
import { RoomPanel } from './room-panel.tsx';
import { SavesPanel } from './saves-panel.tsx';
import { SeatsPanel } from './seats/seats-panel.tsx';
import type { SeatingModel } from './seats/use-seating.ts';
import { inviteUrl, SharePanel } from './share-panel.tsx';
import { useAutoHide } from './use-auto-hide.ts';
import { useFullScreen } from './use-full-screen.ts';
import type { RoomModel } from './use-room.ts';
import type { RoomChat } from './use-room-chat.ts';
import { MicButton } from './voice/mic-button.tsx';
import { VoicePanel } from './voice/voice-panel.tsx';

type Panel = 'share' | 'seats' | 'room' | 'controls' | 'voice' | 'saves';

export interface PlayBarProps {
  play: PlaySession;
  stage: RefObject<HTMLElement | null>;
  figures: Signal<boolean>;
  typing: Signal<boolean>;
  capture: InputCapture | null;
  room: RoomModel;
  seating: SeatingModel;
  chat: RoomChat | null;
  onQuit: () => void;
}

/** Slides in while there is no game to be in the way of, and when the pointer comes to the top edge. */
export function PlayBar({
  play,
  stage,
  figures,
  typing,
  capture,
  room,
  seating,
  chat,
  onQuit,
}: PlayBarProps): JSX.Element {
  const { volume } = useServices();
  const bar = useRef<HTMLDivElement>(null);
  const panel = useSignal<'none' | Panel>('none');
  const asking = useSignal(false);
  const session = play.session.value;
  const full = useFullScreen(stage);
  const held = capture !== null && capture.pointer.held.value !== 'no';
  const busy = panel.value !== 'none' || asking.value || play.state.value !== 'playing';
  const shown = useAutoHide(bar, busy) && !held;
  const toggle = (which: Panel) => {
    panel.value = panel.value === which ? 'none' : which;
  };
  const recording = useAction(() => play.recording.record(play.recording.by.value === null));
  useEffect(() => chat?.unread.look(panel.value === 'room'), [chat, panel.value]);
  // The room of the panels is the game's again when the player goes back to it.
  useEffect(() => {
    const close = (event: PointerEvent) => {
      if (event.target instanceof Node && bar.current?.contains(event.target)) return;
      panel.value = 'none';
      asking.value = false;
    };
    window.addEventListener('pointerdown', close);
    return () => window.removeEventListener('pointerdown', close);
  }, []);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the panels of this toolbar
    <div
      class={shown ? 'bar' : 'bar bar-hidden'}
      ref={bar}
      data-own-keys
      data-testid="play-bar"
      onKeyDown={event => {
        if (event.key === 'Escape') panel.value = 'none';
      }}
    >
      <div class="bar-row" role="toolbar" aria-label="Game">
        <div class="bar-title">
          <strong>{session?.gameTitle ?? ''}</strong>
          {session && (
            <span class="muted">
              Room{' '}
              <span class="room-number" data-testid="room-number">
                {session.roomNumber}
              </span>
            </span>
          )}
        </div>
        {session && (
          <a
            class="icon-button"
            href={inviteUrl(session.inviteCode, 'player')}
            title="Invite a player or a spectator"
            aria-label="Invite a player or a spectator"
            aria-expanded={panel.value === 'share'}
            data-testid="share-link"
            onClick={event => {
              event.preventDefault();
              toggle('share');
            }}
          >
            <Icon name="share" />
          </a>
        )}
        <BarButton
          icon="seat"
          label="Seats"
          testId="seats-toggle"
          on={panel.value === 'seats'}
          marked={seating.isAsked}
          onClick={() => toggle('seats')}
        />
        <BarButton
          icon="people"
          label="Room"
          testId="room-toggle"
          on={panel.value === 'room'}
          count={chat?.unread.unread.value.length ?? 0}
          onClick={() => toggle('room')}
        />
        {play.welcome.value?.host && (
          <BarButton
            icon="record"
            label={play.recording.by.value === null ? 'Record for all to know' : 'Stop recording'}
            testId="record-toggle"
            on={play.recording.by.value !== null}
            disabled={recording.busy}
            onClick={() => recording.run()}
          />
        )}
        {play.welcome.value?.saves && (
          <BarButton
            icon="save"
            label="Saved games"
            testId="saves-toggle"
            on={panel.value === 'saves'}
            marked={play.saves.problem.value !== null}
            onClick={() => toggle('saves')}
          />
        )}
        <BarButton
          icon="keys"
          label="Controls"
          on={panel.value === 'controls'}
          onClick={() => toggle('controls')}
        />
        {play.welcome.value?.keys === null && (
          <BarButton
            icon="text"
            label="Type text"
            testId="text-toggle"
            on={typing.value}
            onClick={() => {
              typing.value = !typing.value;
            }}
          />
        )}
        <MicButton voice={play.voice} />
        <BarButton
          icon="tune"
          label="Voice"
          testId="voice-toggle"
          on={panel.value === 'voice'}
          marked={play.voice.problem.value !== null}
          onClick={() => toggle('voice')}
        />
        <BarButton
          icon={volume.muted.value ? 'mute' : 'sound'}
          label={volume.muted.value ? 'Sound on' : 'Mute'}
          testId="mute"
          on={volume.muted.value}
          onClick={() => volume.toggleMute()}
        />
        <input
          class="volume"
          type="range"
          min="0"
          max="1"
          step="0.05"
          aria-label="Volume"
          data-testid="volume"
          value={volume.muted.value ? 0 : volume.level.value}
          onInput={event => volume.set(event.currentTarget.valueAsNumber)}
        />
        <BarButton
          icon="stats"
          label="Live figures"
          testId="stats-toggle"
          on={figures.value}
          onClick={() => {
            figures.value = !figures.value;
          }}
        />
        {full.possible && (
          <BarButton
            icon={full.on ? 'window' : 'full'}
            label={full.on ? 'Leave full screen' : 'Full screen'}
            testId="fullscreen"
            onClick={() => void full.toggle()}
          />
        )}
        <QuitButton play={play} asking={asking} onQuit={onQuit} />
      </div>
      {panel.value === 'share' && session && <SharePanel session={session} />}
      {panel.value === 'room' && <RoomPanel model={room} voice={play.voice} chat={chat} />}
      {panel.value === 'seats' && <SeatsPanel model={seating} />}
      {panel.value === 'voice' && <VoicePanel voice={play.voice} room={room.room} />}
      {panel.value === 'saves' && <SavesPanel saves={play.saves} />}
      {panel.value === 'controls' && <ControlsPanel play={play} capture={capture} />}
    </div>
  );
}

/** The host's quit ends the game for all: with others at their seats it asks once more. */
function QuitButton({
  play,
  asking,
  onQuit,
}: {
  play: PlaySession;
  asking: Signal<boolean>;
  onQuit: () => void;
}): JSX.Element {
  const host = play.welcome.value?.host === true;
  const others = play.seats.value.seats.filter(
    ({ connected, seat }) => connected && seat !== play.welcome.value?.seat,
  ).length;
  const quit = () => {
    if (host && others > 0 && !asking.value) asking.value = true;
    else onQuit();
  };
  return (
    <button type="button" class="button button-small button-danger" data-testid="quit" onClick={quit}>
      <Icon name="quit" />
      {asking.value ? 'End it for everyone' : host ? 'Quit' : 'Leave'}
    </button>
  );
}
