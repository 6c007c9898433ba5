import type { InputMessage } from '#shared/input.ts';
import { type Size, toPicture } from './letterbox.ts';
import type { MotionSender } from './motion-sender.ts';
import { TouchGestures } from './touch.ts';
import { WheelNotches } from './wheel.ts';

/** Back and forward stay inside the game: MouseEvent.button 0 to 4. */
const LAST_BUTTON = 4;

export interface MouseOptions {
  /** `off` sends nothing; `captured` is relative motion; `absolute` the position in the picture. */
  mode(): 'off' | 'absolute' | 'captured';
  /** The same for fingers, which need no pointer that is captured. */
  touchMode(): 'off' | 'absolute' | 'captured';
  picture(): Size;
  /** Buttons and wheel. */
  send(message: InputMessage): void;
  motion: MotionSender;
}

/** Mouse and pen on the stage, and fingers as a mouse. */
export class Mouse {
  readonly #stage: HTMLElement;
  readonly #options: MouseOptions;
  readonly #listeners = new AbortController();
  readonly #wheel = new WheelNotches();
  readonly #resized: ResizeObserver;
  readonly #scrolled = new WheelNotches();
  readonly #buttons = new Set<number>();
  readonly #touch: TouchGestures;
  #box: DOMRect;
  #rawMoves = false;
  #last: { x: number; y: number } | undefined;

  constructor(stage: HTMLElement, options: MouseOptions) {
    this.#stage = stage;
    this.#options = options;
    this.#box = stage.getBoundingClientRect();
    this.#resized = new ResizeObserver(() => {
      this.#box = stage.getBoundingClientRect();
    });
    this.#resized.observe(stage);
    this.#touch = new TouchGestures(
      {
        moveTo: ({ x, y }) => this.#moveTo({ clientX: x, clientY: y }),
        moveBy: (dx, dy) => this.#options.motion.moveBy(dx, dy),
        button: (button, down) => this.#button(button, down),
        scroll: (dx, dy) => this.#scroll(this.#scrolled, { deltaX: dx, deltaY: dy, deltaMode: 0 }),
        relative: () => this.#options.touchMode() === 'captured',
      },
      {
        after: (ms, run) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
    );
    this.#listen();
  }

  /** Buttons that are held count as released; the node is told by whoever calls. */
  forget(): void {
    this.#buttons.clear();
    this.#touch.forget();
    this.#last = undefined;
  }

  close(): void {
    this.#listeners.abort();
    this.#resized.disconnect();
  }

  #listen(): void {
    const { signal } = this.#listeners;
    const stage = this.#stage;
    // Ahead of pointermove, which waits for the next frame of the page.
    stage.addEventListener('pointerrawupdate', event => this.#raw(event as PointerEvent), { signal });
    stage.addEventListener('pointermove', event => this.#moved(event), { signal });
    stage.addEventListener('pointerdown', event => this.#touched(event), { signal });
    stage.addEventListener('pointerup', event => this.#touch.up(event.pointerId), { signal });
    stage.addEventListener('pointercancel', event => this.#touch.up(event.pointerId), { signal });
    stage.addEventListener('mousedown', event => this.#pressed(event), { signal });
    // On the window: a button may be let go outside of the stage.
    window.addEventListener('mouseup', event => this.#letGo(event), { signal });
    stage.addEventListener('wheel', event => this.#turned(event), { signal, passive: false });
    stage.addEventListener('contextmenu', event => event.preventDefault(), { signal });
  }

  #raw(event: PointerEvent): void {
    if (event.pointerType === 'touch') return;
    // Some browsers leave the movement of raw events at 0: then pointermove carries it.
    if (event.movementX !== 0 || event.movementY !== 0) this.#rawMoves = true;
    if (this.#options.mode() === 'captured') this.#options.motion.moveBy(event.movementX, event.movementY);
    else this.#moveTo(event);
  }

  #moved(event: PointerEvent): void {
    if (event.pointerType === 'touch')
      this.#touch.move(event.pointerId, { x: event.clientX, y: event.clientY });
    else if (this.#options.mode() !== 'captured') this.#moveTo(event);
    else if (!this.#rawMoves) {
      this.#options.motion.moveBy(event.movementX, event.movementY);
    }
  }

  #moveTo(event: { clientX: number; clientY: number }): void {
    if (this.#options.mode() !== 'absolute') return;
    const at = toPicture(event.clientX, event.clientY, this.#box, this.#options.picture());
    // The raw event and the frame's summary of it say the same.
    if (at.x === this.#last?.x && at.y === this.#last.y) return;
    this.#last = at;
    this.#options.motion.moveTo(at);
  }

  #touched(event: PointerEvent): void {
    if (event.pointerType !== 'touch') return;
    // Or the browser tells of the finger a second time, as of a mouse.
    event.preventDefault();
    if (this.#options.touchMode() === 'off') return;
    this.#stage.focus({ preventScroll: true });
    this.#touch.down(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  #pressed(event: MouseEvent): void {
    if (this.#options.mode() === 'off') return;
    event.preventDefault();
    this.#stage.focus({ preventScroll: true });
    this.#moveTo(event);
    this.#button(event.button, true);
  }

  #letGo(event: MouseEvent): void {
    if (!this.#buttons.has(event.button)) return;
    event.preventDefault();
    this.#button(event.button, false);
  }

  #button(button: number, down: boolean): void {
    if (button > LAST_BUTTON || this.#buttons.has(button) === down) return;
    this.#options.motion.flush();
    if (down) this.#buttons.add(button);
    else this.#buttons.delete(button);
    this.#options.send({ kind: 'button', button, down });
  }

  #turned(event: WheelEvent): void {
    event.preventDefault();
    if (this.#options.mode() === 'off') return;
    this.#scroll(this.#wheel, event);
  }

  #scroll(notches: WheelNotches, deltas: { deltaX: number; deltaY: number; deltaMode: number }): void {
    const { dx, dy } = notches.add(deltas, performance.now());
    if (dx !== 0 || dy !== 0) this.#options.send({ kind: 'wheel', dx, dy });
  }
}
