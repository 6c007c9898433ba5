/** A finger that moves less than this stays where it is: a fingertip rolls while it taps. CSS pixels. */
const SLOP = 10;

/** A finger that stays this long asks for the other button. */
const LONG_PRESS_MS = 500;

/** How long a tap holds the button: games that look once a frame have to see it. */
const TAP_MS = 60;

export interface Point {
  x: number;
  y: number;
}

export interface TouchTarget {
  /** The pointer is at this point of the page. */
  moveTo(point: Point): void;
  /** The finger has moved by so much, for a game that takes motion alone. */
  moveBy(dx: number, dy: number): void;
  button(button: number, down: boolean): void;
  /** Pixels of a page that is scrolled by fingers: down is positive. */
  scroll(dx: number, dy: number): void;
  /** Whether the game takes motion instead of positions. */
  relative(): boolean;
}

export interface TouchClock {
  after(ms: number, run: () => void): () => void;
}

type State = 'idle' | 'undecided' | 'dragging' | 'scrolling' | 'done';

/**
 * Fingers as a mouse: a tap clicks where it is, a finger that moves drags, one that stays clicks the other button, two scroll. In a game
 * that takes motion, a moving finger looks around instead.
 */
export class TouchGestures {
  readonly #target: TouchTarget;
  readonly #clock: TouchClock;
  readonly #fingers = new Map<number, Point>();
  #state: State = 'idle';
  #start: Point = { x: 0, y: 0 };
  #cancelLongPress: (() => void) | undefined;
  #endTap: (() => void) | undefined;

  constructor(target: TouchTarget, clock: TouchClock) {
    this.#target = target;
    this.#clock = clock;
  }

  down(finger: number, point: Point): void {
    this.#fingers.set(finger, point);
    if (this.#fingers.size === 1) this.#begin(point);
    else if (this.#state === 'undecided') {
      this.#decide('scrolling');
    }
  }

  move(finger: number, point: Point): void {
    const before = this.#fingers.get(finger);
    if (before === undefined) return;
    this.#fingers.set(finger, point);
    if (this.#state === 'undecided' && far(this.#start, point)) this.#drag();
    const dx = point.x - before.x;
    const dy = point.y - before.y;
    if (this.#state === 'dragging') {
      if (this.#target.relative()) this.#target.moveBy(dx, dy);
      else this.#target.moveTo(point);
    } else if (this.#state === 'scrolling') {
      // Each finger brings its part; the content follows the fingers.
      this.#target.scroll(-dx / this.#fingers.size, -dy / this.#fingers.size);
    }
  }

  up(finger: number): void {
    if (!this.#fingers.delete(finger)) return;
    if (this.#state === 'undecided') this.#tap(0);
    else if (this.#state === 'dragging' && !this.#target.relative()) this.#target.button(0, false);
    if (this.#fingers.size === 0) this.#decide('idle');
    else if (this.#state === 'dragging') this.#decide('done');
  }

  /** The page has lost the fingers; what they held is let go by whoever calls. */
  forget(): void {
    this.#fingers.clear();
    this.#decide('idle');
    this.#endTap = undefined;
  }

  #begin(point: Point): void {
    this.#start = point;
    this.#state = 'undecided';
    if (!this.#target.relative()) this.#target.moveTo(point);
    this.#cancelLongPress = this.#clock.after(LONG_PRESS_MS, () => {
      this.#decide('done');
      this.#tap(2);
    });
  }

  #drag(): void {
    this.#decide('dragging');
    if (this.#target.relative()) return;
    this.#endTap?.();
    this.#target.moveTo(this.#start);
    this.#target.button(0, true);
  }

  #tap(button: number): void {
    this.#endTap?.();
    this.#target.button(button, true);
    const end = () => {
      cancel();
      if (this.#endTap !== end) return;
      this.#endTap = undefined;
      this.#target.button(button, false);
    };
    const cancel = this.#clock.after(TAP_MS, end);
    this.#endTap = end;
  }

  #decide(state: State): void {
    this.#cancelLongPress?.();
    this.#cancelLongPress = undefined;
    this.#state = state;
  }
}

function far(a: Point, b: Point): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) > SLOP;
}
