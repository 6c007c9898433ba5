import type { JSX } from 'preact';
import { Icon } from './icons.tsx';
import { useServices } from './services-context.ts';

/** Over every page. The list is always there, so that screen readers say what comes into it. */
export function NoticeList(): JSX.Element {
  const { notices } = useServices();
  return (
    <ul class="toasts" aria-live="polite" data-testid="notices">
      {notices.shown.value.map(({ key, level, text, action }) => (
        <li key={key} class={`toast toast-${level}`} data-testid="notice">
          <span class="toast-text">{text}</span>
          {action && (
            <button
              type="button"
              class="button button-small button-primary"
              onClick={() => {
                notices.dismiss(key);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <button
            type="button"
            class="button button-plain button-small"
            aria-label="Dismiss"
            onClick={() => notices.dismiss(key)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}
