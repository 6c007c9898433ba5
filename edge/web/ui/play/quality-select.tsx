import type { JSX } from 'preact';
import { QUALITY_CHOICES } from '../../app/quality-setting.ts';
import { useServices } from '../services-context.ts';

/** How much picture the player wants on this device. */
export function QualitySelect(): JSX.Element {
  const { quality } = useServices();
  return (
    <label class="setting-row">
      Picture
      <select
        class="input"
        data-testid="quality-select"
        value={quality.chosen.value}
        onChange={event => quality.choose(event.currentTarget.value)}
      >
        {Object.entries(QUALITY_CHOICES).map(([choice, { label }]) => (
          <option key={choice} value={choice}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
