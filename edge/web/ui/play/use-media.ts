import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { PlaySession } from '../../session/play-session.ts';
import { useServices } from '../services-context.ts';

export interface Media {
  video: RefObject<HTMLVideoElement | null>;
  audio: RefObject<HTMLAudioElement | null>;
  /** A frame has been on the screen; the last one stays while reconnecting. */
  hasPicture: Signal<boolean>;
  /** The browser plays no sound before the player has clicked. */
  soundBlocked: Signal<boolean>;
  allowSound(): void;
}

/** Binds the session's streams to a video and an audio element: two, so that the sound never holds the picture back. */
export function useMedia(play: PlaySession): Media {
  const { volume } = useServices();
  const video = useRef<HTMLVideoElement>(null);
  const audio = useRef<HTMLAudioElement>(null);
  const hasPicture = useSignal(false);
  const soundBlocked = useSignal(false);

  useSignalEffect(() => {
    const element = video.current;
    const stream = play.video.value;
    if (!element || !stream) return;
    element.srcObject = stream;
    return onFirstFrame(element, () => {
      if (performance.getEntriesByName('nearcade:first-frame').length === 0) {
        performance.mark('nearcade:first-frame');
      }
      hasPicture.value = true;
      play.pictureShown();
    });
  });

  const startSound = () => {
    audio.current?.play().then(
      () => {
        soundBlocked.value = false;
      },
      error => {
        soundBlocked.value = error instanceof DOMException && error.name === 'NotAllowedError';
      },
    );
  };
  useSignalEffect(() => {
    const element = audio.current;
    const stream = play.audio.value;
    if (!element || !stream) return;
    element.srcObject = stream;
    startSound();
  });
  useSignalEffect(() => {
    if (!audio.current) return;
    audio.current.volume = volume.level.value;
    audio.current.muted = volume.muted.value;
  });
  // Any key or click at the game is the gesture that the browser waits for.
  useEffect(() => {
    if (!soundBlocked.value) return;
    window.addEventListener('keydown', startSound, { once: true });
    window.addEventListener('pointerdown', startSound, { once: true });
    return () => {
      window.removeEventListener('keydown', startSound);
      window.removeEventListener('pointerdown', startSound);
    };
  }, [soundBlocked.value]);

  return { video, audio, hasPicture, soundBlocked, allowSound: startSound };
}

/** Calls back at the element's next presented frame; answers how to stop waiting. */
function onFirstFrame(element: HTMLVideoElement, shown: () => void): () => void {
  const handle = element.requestVideoFrameCallback(shown);
  // A page in the background presents no frames, and the game has started all the same.
  const playing = () => document.hidden && shown();
  element.addEventListener('playing', playing);
  return () => {
    element.cancelVideoFrameCallback(handle);
    element.removeEventListener('playing', playing);
  };
}
