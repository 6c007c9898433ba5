import { type ReadonlySignal, useSignal } from '@preact/signals';

const COPIED_FOR_MS = 1_600;

/** Copies text to the clipboard, and says for a moment that it did. Where the browser refuses, the text is there to be selected. */
export function useCopied(text: string): { copied: ReadonlySignal<boolean>; copy: () => Promise<void> } {
  const copied = useSignal(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      copied.value = true;
      setTimeout(() => {
        copied.value = false;
      }, COPIED_FOR_MS);
    } catch {}
  };
  return { copied, copy };
}
