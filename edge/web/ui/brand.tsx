import type { JSX } from 'preact';
import icon from '../assets/icon.svg';

export function Brand(): JSX.Element {
  return (
    <span class="brand">
      <img src={icon} alt="" width="32" height="32" />
      <span class="brand-name">Nearcade</span>
    </span>
  );
}
