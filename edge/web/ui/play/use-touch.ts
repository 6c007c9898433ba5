import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** Whether the player plays by fingers: the device has nothing finer, or a finger was the last to point. A key says otherwise. */
export function useTouch(): Signal<boolean> {
  const touch = useSignal(window.matchMedia('(hover: none) and (pointer: coarse)').matches);
  useEffect(() => {
    const listeners = new AbortController();
    const { signal } = listeners;
    const pointed = (event: PointerEvent) => {
      if (event.isTrusted) touch.value = event.pointerType === 'touch';
    };
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest('input, textarea');
      if (event.isTrusted && !typing) touch.value = false;
    };
    window.addEventListener('pointerdown', pointed, { capture: true, signal });
    window.addEventListener('keydown', pressed, { capture: true, signal });
    return () => listeners.abort();
  }, []);
  return touch;
}
