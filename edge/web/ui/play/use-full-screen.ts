import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Keyboard Lock (WICG): in full screen the game gets Escape and the system's keys as well. */
interface KeyboardLock {
  lock(): Promise<void>;
  unlock(): void;
}

export interface FullScreen {
  possible: boolean;
  on: boolean;
  toggle(): Promise<void>;
}

export function useFullScreen(stage: RefObject<HTMLElement | null>): FullScreen {
  const on = useSignal(false);
  useEffect(() => {
    const changed = () => {
      on.value = document.fullscreenElement !== null;
      if (!on.value) keyboardLock()?.unlock();
    };
    document.addEventListener('fullscreenchange', changed);
    return () => {
      document.removeEventListener('fullscreenchange', changed);
      if (document.fullscreenElement) void document.exitFullscreen();
    };
  }, []);
  const toggle = async () => {
    if (document.fullscreenElement) {
      await document.exitFullscreen();
      return;
    }
    try {
      await stage.current?.requestFullscreen({ navigationUI: 'hide' });
      await keyboardLock()?.lock();
    } catch {
      // Refused by the browser or its user: the game stays in the window.
    }
  };
  return { possible: document.fullscreenEnabled, on: on.value, toggle };
}

function keyboardLock(): KeyboardLock | undefined {
  return (navigator as Navigator & { keyboard?: KeyboardLock }).keyboard;
}
