import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { InputCapture } from '../../input/input-capture.ts';
import { IN_MENUS } from '../../live/live-client.ts';
import type { PlaySession } from '../../session/play-session.ts';
import { PushToTalk } from '../../session/voice/push-to-talk.ts';
import { useServices } from '../services-context.ts';
import { ChatPreview } from './chat-preview.tsx';
import { DrainingNotice } from './draining-notice.tsx';
import { EndedPanel } from './ended-panel.tsx';
import { PadHint } from './pad-hint.tsx';
import { linesOfPads } from './pads-here.tsx';
import { PlayBar } from './play-bar.tsx';
import { PointerHint } from './pointer-hint.tsx';
import { RecordingNotice } from './recording-notice.tsx';
import { SavingCover } from './saving-cover.tsx';
import { SeatOffer } from './seat-offer.tsx';
import { RightsChip } from './seats/rights-chip.tsx';
import { SeatRequest } from './seats/seat-request.tsx';
import { TurnChips } from './seats/turn-chips.tsx';
import { useSeating } from './seats/use-seating.ts';
import { StatsOverlay } from './stats-overlay.tsx';
import { StatusCover } from './status-cover.tsx';
import { TextBox } from './text-box.tsx';
import { TouchPad } from './touch-pad.tsx';
import { useMedia } from './use-media.ts';
import { useRoom } from './use-room.ts';
import { useRoomChat } from './use-room-chat.ts';
import { useTouch } from './use-touch.ts';
import { VoiceOverlay } from './voice/voice-overlay.tsx';
import { VoiceSounds } from './voice/voice-sounds.tsx';
import { VoteBanner } from './vote-banner.tsx';

/** The stage: the picture fills the window, everything else lies over it. */
export function Player({ play, sessionId }: { play: PlaySession; sessionId: string }): JSX.Element {
  const { live, layout, quality } = useServices();
  const stage = useRef<HTMLElement>(null);
  const surface = useRef<HTMLDivElement>(null);
  const input = useSignal<InputCapture | null>(null);
  const figures = useSignal(false);
  const typing = useSignal(false);
  const touch = useTouch();
  const media = useMedia(play);
  const state = play.state.value;
  const welcome = play.welcome.value;
  const title = play.session.value?.gameTitle;
  const position = play.queue.value?.position;
  const spectator = welcome?.role === 'spectator';
  const isIn = welcome !== null && state !== 'ended';
  const room = useRoom(sessionId, isIn);
  const chat = useRoomChat(sessionId, isIn);
  const seating = useSeating(sessionId, isIn, room);

  // Before the game takes the keys: the talk key is not the game's.
  useEffect(() => {
    const talk = new PushToTalk(window, play.voice.settings, down => play.voice.talk(down));
    return () => talk.close();
  }, [play]);

  useEffect(() => {
    if (!surface.current) return;
    const capture = new InputCapture(surface.current, play);
    input.value = capture;
    surface.current.focus({ preventScroll: true });
    const online = () => play.retryNow();
    window.addEventListener('online', online);
    return () => {
      window.removeEventListener('online', online);
      capture.close();
    };
  }, [play]);

  const keyboard = layout.current;
  useEffect(() => {
    if (keyboard !== undefined && welcome?.host) play.tellLayout(keyboard);
  }, [keyboard, welcome]);

  const wanted = quality.chosen.value;
  useEffect(() => {
    if (welcome?.role === 'player') play.boundQuality(quality.bounds);
  }, [wanted, welcome]);

  useEffect(() => {
    if (!title) return;
    document.title = position === undefined ? `${title} · Nearcade` : `${position} in line · ${title}`;
  }, [title, position]);

  useEffect(() => {
    if (state === 'ended' || !welcome) return undefined;
    live.setPlace({ status: spectator ? 'watching' : 'playing', sessionId, joinable: !spectator });
    return () => live.setPlace(IN_MENUS);
  }, [state === 'ended', welcome?.role, sessionId]);

  return (
    <main class="stage" ref={stage}>
      <div
        class="stage-surface"
        ref={surface}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the game takes the keys while this has the focus
        tabIndex={0}
        role="application"
        aria-label="The game"
        data-testid="player-surface"
        data-input={play.ports.value.keys ? 'open' : 'closed'}
      >
        <video
          ref={media.video}
          class="stage-picture"
          data-testid="player-video"
          autoPlay
          muted
          playsInline
          disablePictureInPicture
          aria-label="The game's picture"
        />
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: a live game's sound has no captions */}
      <audio ref={media.audio} data-testid="player-audio" autoPlay />
      <VoiceSounds voice={play.voice} />
      <span class="visually-hidden" role="status" data-testid="session-state">
        {state}
      </span>
      {state !== 'playing' && state !== 'ended' && (
        <StatusCover
          state={state}
          picture={media.hasPicture.value}
          queue={play.queue.value}
          onLeave={() => play.quit()}
        />
      )}
      {state !== 'ended' && play.saves.saving.value && <SavingCover />}
      {state === 'playing' && !spectator && input.value && (
        <PointerHint pointer={input.value.pointer} wanted={play.pointerWanted.value} />
      )}
      {state === 'playing' && input.value && welcome && !spectator && (
        <>
          {touch.value && !typing.value && <TouchPad capture={input.value} welcome={welcome} />}
          {typing.value && (
            <TextBox
              capture={input.value}
              onClose={() => {
                typing.value = false;
                surface.current?.focus({ preventScroll: true });
              }}
            />
          )}
          {welcome.pad && <PadHint lines={linesOfPads(play, input.value)} />}
        </>
      )}
      {spectator && state !== 'ended' && (
        <span class="chip spectator-badge" data-testid="spectator-badge">
          Watching
        </span>
      )}
      {chat !== null && <ChatPreview unread={chat.unread} />}
      {state !== 'ended' && <VoiceOverlay voice={play.voice} />}
      {media.soundBlocked.value && state === 'playing' && (
        <button
          type="button"
          class="button button-primary sound-button"
          data-testid="unmute"
          onClick={media.allowSound}
        >
          Turn the sound on
        </button>
      )}
      {state !== 'ended' && (
        <RecordingNotice recording={play.recording} host={play.welcome.value?.host === true} />
      )}
      {play.drainDeadline.value !== null && <DrainingNotice deadline={play.drainDeadline.value} />}
      {figures.value && state !== 'ended' && <StatsOverlay play={play} />}
      {state !== 'ended' && (
        <PlayBar
          play={play}
          stage={stage}
          figures={figures}
          typing={typing}
          capture={input.value}
          room={room}
          seating={seating}
          chat={chat}
          onQuit={() => play.quit()}
        />
      )}
      {state === 'playing' && <TurnChips model={seating} />}
      {state === 'playing' && <RightsChip welcome={welcome} />}
      {state !== 'ended' && <SeatRequest model={seating} />}
      {state !== 'ended' && <VoteBanner model={room} />}
      {state !== 'ended' && spectator && <SeatOffer sessionId={sessionId} />}
      {state === 'ended' && <EndedPanel play={play} />}
    </main>
  );
}
