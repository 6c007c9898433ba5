import { setTimeout as sleep } from 'node:timers/promises';
import { processState, Watchdog } from '../watchdog.ts';
import type { Service } from './service.ts';
import { signal } from './slot-user.ts';
import type { HostFailure } from './types.ts';
import { ask, type XConnection } from './x-connection.ts';

/** A server's end is told after the end of its connections, by as long as the kernel takes to clear it away. */
const END_FOLLOWS_MS = 250;

/** Periods that a display may sleep over a question: its end ends the session, so it gets longer than what is replaced unseen. */
const DISPLAY_SILENT_PERIODS = 15;

const STOPPED_POLL_MS = 100;

export interface DesktopWatchOptions {
  xvfb: Service;
  pulse: Service;
  connection: XConnection;
  /** Display or sound ended by itself, or hangs and was ended. Called once at most. */
  onFailure: (failure: HostFailure) => void;
}

/** Watches over display and sound: whether they run, and whether they answer. */
export class DesktopWatch {
  readonly #options: DesktopWatchOptions;
  readonly #display: Watchdog;
  readonly #sound: Watchdog;
  readonly #over = Promise.withResolvers<void>();
  #done = false;

  constructor(options: DesktopWatchOptions) {
    this.#options = options;
    const { xvfb, pulse, connection } = options;
    this.#display = new Watchdog({
      pid: xvfb.pid,
      ask: () => ask(reply => connection.client.GetInputFocus(reply)),
      silentPeriods: DISPLAY_SILENT_PERIODS,
      onHung: detail => this.#endHung('display', xvfb, detail),
    });
    this.#sound = new Watchdog({
      pid: pulse.pid,
      ask: () => whileStopped(pulse.pid),
      onHung: detail => this.#endHung('sound', pulse, detail),
    });
    // The game can have the server cut our connection (X11's KillClient): without it there is no input, so that counts.
    // When the server itself died, its end says more and follows at once.
    connection.onLost(() => {
      setTimeout(() => this.#report('display', 'the X server closed the connection'), END_FOLLOWS_MS).unref();
    });
    void xvfb.ended.then(detail => this.#report('display', detail));
    void pulse.ended.then(detail => this.#report('sound', detail));
  }

  /** Whether the display has answered lately. */
  get displayAnswers(): boolean {
    return this.#display.answers;
  }

  /**
   * Resolves when it is known whether display and sound hold: at once when both do, and when one does not, after that was reported.
   * A game that lost its display ends too, and may be heard of first.
   */
  async settled(): Promise<void> {
    const { pulse, connection } = this.#options;
    const answered = ask(reply => connection.client.GetInputFocus(reply)).catch(() => this.#over.promise);
    const isSoundGone = 'XZ'.includes(processState(pulse.pid));
    await Promise.race([isSoundGone ? this.#over.promise : answered, this.#over.promise]);
  }

  /** Nothing is reported any more. Idempotent. */
  close(): void {
    this.#done = true;
    this.#over.resolve();
    this.#display.close();
    this.#sound.close();
  }

  #endHung(part: HostFailure['part'], service: Service, detail: string): void {
    this.#report(part, `${service.name} hangs: ${detail}`);
    signal(service.pid, 'SIGKILL');
  }

  #report(part: HostFailure['part'], detail: string): void {
    if (this.#done) return;
    this.close();
    this.#options.onFailure({ part, detail });
  }
}

/** PulseAudio answers nobody but its clients, so that it runs has to do. */
async function whileStopped(pid: number): Promise<void> {
  while (processState(pid) === 'T') await sleep(STOPPED_POLL_MS, undefined, { ref: false });
}
