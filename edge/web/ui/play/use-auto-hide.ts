import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

const HIDE_AFTER_MS = 2_500;

/** CSS pixels from the top edge in which the pointer calls the bar. */
const CALL_ZONE = 56;

/** True while the bar is to be seen: `keep`, the pointer at the top edge or on it, the focus inside, or shortly after. */
export function useAutoHide(bar: RefObject<HTMLElement | null>, keep: boolean): boolean {
  const called = useSignal(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const inUse = () => bar.current?.matches(':hover, :has(:focus-visible)') ?? false;
    const hideLater = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (inUse()) hideLater();
        else called.value = false;
      }, HIDE_AFTER_MS);
    };
    const call = () => {
      called.value = true;
      hideLater();
    };
    const moved = (event: PointerEvent) => {
      if (event.clientY <= CALL_ZONE) call();
    };
    window.addEventListener('pointermove', moved, { passive: true });
    window.addEventListener('pointerdown', moved, { passive: true });
    bar.current?.addEventListener('focusin', call);
    const element = bar.current;
    hideLater();
    return () => {
      clearTimeout(timer);
      window.removeEventListener('pointermove', moved);
      window.removeEventListener('pointerdown', moved);
      element?.removeEventListener('focusin', call);
    };
  }, [keep]);
  return keep || called.value;
}
