import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import { KEYBOARD_LAYOUTS, layoutIdSchema } from '#shared/keyboard-layouts.ts';
import type { InputCapture } from '../../input/input-capture.ts';
import type { PlaySession } from '../../session/play-session.ts';
import { useServices } from '../services-context.ts';
import { PadsHere } from './pads-here.tsx';
import { QualitySelect } from './quality-select.tsx';

/** How this seat plays, and who has the others. */
export function ControlsPanel({
  play,
  capture,
}: {
  play: PlaySession;
  capture: InputCapture | null;
}): JSX.Element {
  const { api, layout } = useServices();
  const game = useSignal<Game | null>(null);
  const slug = play.session.value?.game;
  useEffect(() => {
    if (slug === undefined) return;
    // Without the game there are still the seats to see.
    void api.game(slug).then(
      found => {
        game.value = found;
      },
      () => {},
    );
  }, [slug]);
  const welcome = play.welcome.value;
  const { seats, spectators } = play.seats.value;
  const controls = game.value?.controls[(welcome?.seat ?? 1) - 1];
  return (
    <section class="bar-panel" aria-label="Controls" data-testid="controls-panel">
      {welcome?.role === 'player' && (
        <p>
          <span class="seat-tag">Your seat: {welcome.seat}</span> {controls ?? 'Keyboard and mouse'}
        </p>
      )}
      {welcome?.role === 'player' && <QualitySelect />}
      {welcome?.host && (
        <label class="setting-row">
          Keyboard
          <select
            class="input"
            data-testid="keyboard-layout"
            value={layout.chosen.value ?? ''}
            onChange={event => {
              const choice = layoutIdSchema.safeParse(event.currentTarget.value);
              layout.choose(choice.success ? choice.data : null);
            }}
          >
            <option value="">
              {layout.found.value
                ? `As here: ${KEYBOARD_LAYOUTS[layout.found.value].name}`
                : 'As the game has it'}
            </option>
            {Object.entries(KEYBOARD_LAYOUTS).map(([id, { name }]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {capture && <PadsHere play={play} capture={capture} />}
      <ul class="seats">
        {seats.map(seat => (
          <li key={seat.seat} class={seat.connected ? '' : 'muted'}>
            <span class="seat-tag">Seat {seat.seat}</span> {seat.displayName}
            {seat.connected ? '' : ' (away)'}
          </li>
        ))}
      </ul>
      {spectators > 0 && <p class="muted">{spectators === 1 ? '1 spectator' : `${spectators} spectators`}</p>}
    </section>
  );
}
