import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { TouchControls } from '#shared/manifest-input.ts';
import type { Welcome } from '#shared/signal.ts';
import type { InputCapture } from '../../input/input-capture.ts';
import { directionsAt, touchControls } from '../../input/touch-controls.ts';

/** A cross and buttons over the game, for who plays by thumbs. */
export function TouchPad({
  capture,
  welcome,
}: {
  capture: InputCapture;
  welcome: Welcome;
}): JSX.Element | null {
  const controls = useMemo(() => touchControls(welcome), [welcome]);
  if (controls === null) return null;
  return (
    <div class="touch-pad" data-testid="touch-pad">
      {controls.directions !== null && <Cross capture={capture} directions={controls.directions} />}
      <div class="touch-buttons">
        {controls.buttons.map(({ label, press }) => (
          <PadButton key={press} capture={capture} label={label} press={press} />
        ))}
      </div>
    </div>
  );
}

function Cross({
  capture,
  directions,
}: {
  capture: InputCapture;
  directions: NonNullable<TouchControls['directions']>;
}): JSX.Element {
  const held = useRef(new Set<string>());
  const hold = (codes: readonly string[]) => {
    for (const code of held.current) if (!codes.includes(code)) capture.press(code, false);
    for (const code of codes) capture.press(code, true);
    held.current = new Set(codes);
  };
  // The screen may be taken away under the thumb.
  useEffect(() => () => hold([]), []);
  const follow = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const dx = event.clientX - box.left - box.width / 2;
    const dy = event.clientY - box.top - box.height / 2;
    hold(directionsAt(dx, dy, box.width / 2).map(way => directions[way]));
  };
  return (
    <div
      class="touch-cross"
      aria-hidden="true"
      data-testid="touch-cross"
      onPointerDown={event => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={event => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
      }}
      onPointerUp={() => hold([])}
      onPointerCancel={() => hold([])}
    >
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <path d="M50 12 62 26H38zM50 88 38 74H62zM12 50 26 38V62zM88 50 74 62V38z" />
      </svg>
    </div>
  );
}

function PadButton({
  capture,
  label,
  press,
}: {
  capture: InputCapture;
  label: string;
  press: string;
}): JSX.Element {
  useEffect(() => () => capture.press(press, false), [press]);
  return (
    <button
      type="button"
      class="touch-button"
      tabIndex={-1}
      data-testid={`touch-${press}`}
      onPointerDown={event => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        capture.press(press, true);
      }}
      onPointerUp={() => capture.press(press, false)}
      onPointerCancel={() => capture.press(press, false)}
      onContextMenu={event => event.preventDefault()}
    >
      {label}
    </button>
  );
}
