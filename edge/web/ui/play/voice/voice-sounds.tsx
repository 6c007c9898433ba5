import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { VoiceChat } from '../../../session/voice/voice-chat.ts';

/** An audio element for each voice: none waits for another, nor the game's sound for any of them. */
export function VoiceSounds({ voice }: { voice: VoiceChat }): JSX.Element {
  return (
    <>
      {[...voice.streams.value].map(([voiceId, { userId, stream }]) => (
        <VoiceSound key={voiceId} userId={userId} stream={stream} level={voice.settings.levelOf(userId)} />
      ))}
    </>
  );
}

function VoiceSound({
  userId,
  stream,
  level,
}: {
  userId: string;
  stream: MediaStream;
  level: number;
}): JSX.Element {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    if (!element.current) return undefined;
    element.current.srcObject = stream;
    const start = () => void element.current?.play().catch(() => {});
    start();
    // Browsers that play nothing before the player has done something: any key or click will do.
    const retry = () => element.current?.paused && start();
    window.addEventListener('keydown', retry);
    window.addEventListener('pointerdown', retry);
    return () => {
      window.removeEventListener('keydown', retry);
      window.removeEventListener('pointerdown', retry);
    };
  }, [stream]);
  useEffect(() => {
    if (element.current) element.current.volume = level;
  }, [level]);
  // biome-ignore lint/a11y/useMediaCaption: people who talk have no captions
  return <audio ref={element} autoPlay data-testid="voice-sound" data-user={userId} />;
}
