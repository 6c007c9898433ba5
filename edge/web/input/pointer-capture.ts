import { signal } from '@preact/signals';

/**
 * Pointer lock on the stage (W3C Pointer Lock 2.0), with the mouse's own counts instead of the system's acceleration
 * where the browser can. `held` is `free` where locking is impossible: relative motion then comes from the free pointer.
 */
export class PointerCapture {
  readonly held = signal<'no' | 'locked' | 'free'>('no');
  readonly #stage: HTMLElement;
  readonly #onLost: () => void;

  constructor(stage: HTMLElement, onLost: () => void) {
    this.#stage = stage;
    this.#onLost = onLost;
    document.addEventListener('pointerlockchange', this.#changed);
  }

  /** Call it from a user gesture. */
  async capture(): Promise<void> {
    if (this.held.peek() !== 'no') return;
    if (typeof this.#stage.requestPointerLock !== 'function') {
      this.held.value = 'free';
      return;
    }
    try {
      await this.#stage.requestPointerLock({ unadjustedMovement: true });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotSupportedError') await this.#captureAdjusted();
      // Otherwise the browser asks for another click first, e.g. right after Escape; the hint stays.
    }
  }

  release(): void {
    if (document.pointerLockElement === this.#stage) document.exitPointerLock();
    else this.#lose();
  }

  close(): void {
    document.removeEventListener('pointerlockchange', this.#changed);
    this.release();
  }

  async #captureAdjusted(): Promise<void> {
    try {
      await this.#stage.requestPointerLock();
    } catch {
      this.held.value = 'free';
    }
  }

  readonly #changed = () => {
    if (document.pointerLockElement === this.#stage) this.held.value = 'locked';
    else this.#lose();
  };

  #lose(): void {
    if (this.held.peek() === 'no') return;
    this.held.value = 'no';
    this.#onLost();
  }
}
