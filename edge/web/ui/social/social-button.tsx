import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { SOCIAL_PANEL_ID } from './social-panel.tsx';

/** Opens the panel of friends and party; says how many people wait for an answer. */
export function SocialButton({ open }: { open: Signal<boolean> }): JSX.Element {
  const { social } = useServices();
  const waiting = social.people.value.asked.length + social.invites.value.length;
  const size = social.party.value?.members.length;
  return (
    <button
      type="button"
      class="button button-plain social-button"
      data-testid="social-toggle"
      aria-expanded={open.value}
      aria-controls={SOCIAL_PANEL_ID}
      onClick={() => {
        open.value = !open.value;
      }}
    >
      <Icon name="people" />
      <span class="social-button-text">{size === undefined ? 'Friends' : `Party of ${size}`}</span>
      {waiting > 0 && (
        <span class="badge" data-testid="social-waiting">
          {waiting}
          <span class="visually-hidden"> waiting for your answer</span>
        </span>
      )}
    </button>
  );
}
