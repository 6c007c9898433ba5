import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { InputCapture } from '../../input/input-capture.ts';
import { TextEntry } from '../../input/text-entry.ts';
import { Icon } from '../icons.tsx';

/** Games that look once a frame see a key that is held this long. */
const TAP_MS = 60;

/** Types into the game by whatever keyboard or input method the player has; a phone shows its own. */
export function TextBox({ capture, onClose }: { capture: InputCapture; onClose: () => void }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!field.current) return undefined;
    const entry = new TextEntry(field.current, {
      type: text => capture.type(text),
      tap: code => {
        capture.press(code, true);
        setTimeout(() => capture.press(code, false), TAP_MS);
      },
      leave: onClose,
    });
    field.current.focus();
    return () => entry.close();
  }, [capture]);
  return (
    <div class="text-box" data-own-keys>
      <input
        ref={field}
        class="input"
        type="text"
        aria-label="Text for the game"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="enter"
        data-testid="text-box"
      />
      <button
        type="button"
        class="icon-button"
        aria-label="Close"
        title="Close"
        data-testid="text-close"
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
