import type { JSX } from 'preact';
import { Icon, type IconName } from '../icons.tsx';

/** Higher numbers do not fit. */
const MAX_COUNT = 99;

export interface BarButtonProps {
  icon: IconName;
  label: string;
  testId?: string;
  on?: boolean;
  /** Something waits behind it. */
  marked?: boolean;
  /** How many unread messages do. */
  count?: number;
  /** A class beside the usual look. */
  look?: string;
  disabled?: boolean;
  onClick: () => void;
}

export function BarButton({
  icon,
  label,
  testId,
  on,
  marked = false,
  count = 0,
  look,
  disabled = false,
  onClick,
}: BarButtonProps): JSX.Element {
  return (
    <button
      type="button"
      class={look === undefined ? 'icon-button' : `icon-button ${look}`}
      disabled={disabled}
      title={label}
      aria-label={label}
      {...(on === undefined ? {} : { 'aria-pressed': on })}
      {...(testId === undefined ? {} : { 'data-testid': testId })}
      onClick={event => {
        onClick();
        // Keys belong to the game again, Space too; whoever came by keyboard stays.
        if (event.detail > 0) event.currentTarget.blur();
      }}
    >
      <Icon name={icon} />
      {count > 0 && (
        <span class="bar-count" data-testid="unread-count">
          {count > MAX_COUNT ? `${MAX_COUNT}+` : count}
          <span class="visually-hidden"> unread messages</span>
        </span>
      )}
      {marked && (
        <span class="bar-mark">
          <span class="visually-hidden">Something new</span>
        </span>
      )}
    </button>
  );
}
