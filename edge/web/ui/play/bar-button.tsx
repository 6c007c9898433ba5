import type { JSX } from 'preact';
import { Icon, type IconName } from '../icons.tsx';

export interface BarButtonProps {
  icon: IconName;
  label: string;
  testId?: string;
  on?: boolean;
  /** Something waits behind it. */
  marked?: boolean;
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
      {marked && (
        <span class="bar-mark">
          <span class="visually-hidden">Something new</span>
        </span>
      )}
    </button>
  );
}
