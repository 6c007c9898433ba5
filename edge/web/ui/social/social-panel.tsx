import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';
import { FriendsSection } from './friends-section.tsx';
import { PartySection } from './party-section.tsx';

export const SOCIAL_PANEL_ID = 'social-panel';

/** Friends and party, beside the page. Escape closes it. */
export function SocialPanel({ open }: { open: Signal<boolean> }): JSX.Element | null {
  const { social } = useServices();
  const panel = useRef<HTMLElement>(null);
  const load = useAction(() => social.load());
  const isOpen = open.value;
  useEffect(() => {
    if (!isOpen) return;
    panel.current?.focus({ preventScroll: true });
    if (!social.ready.peek()) load.run();
  }, [isOpen]);
  if (!isOpen) return null;
  const close = () => {
    open.value = false;
    document.querySelector<HTMLElement>(`[aria-controls="${SOCIAL_PANEL_ID}"]`)?.focus();
  };
  return (
    <aside
      class="social"
      id={SOCIAL_PANEL_ID}
      ref={panel}
      tabIndex={-1}
      aria-label="Friends and party"
      onKeyDown={event => {
        if (event.key === 'Escape') close();
      }}
    >
      <button type="button" class="icon-button social-close" aria-label="Close" onClick={close}>
        <Icon name="close" />
      </button>
      {load.error && (
        <p class="notice notice-error" role="alert">
          {describeError(load.error)}
          <button type="button" class="button button-small" onClick={() => load.run()}>
            Try again
          </button>
        </p>
      )}
      <PartySection />
      <FriendsSection />
    </aside>
  );
}
