import { NearcadeError } from '#shared/errors.ts';
import type { ConsumerInfo, TransportInfo } from '#shared/signal.ts';
import type { LinkStats } from '../sfu/link-meter.ts';
import type { ViewerPort } from '../sfu/viewer.ts';

/** In the place of a viewer at the session's own node, for who watches by a relay: picture and sound come from there. */
export class AbsentViewer implements ViewerPort {
  readonly #onClose = new Set<() => void>();
  #closed = false;

  readonly recvTransport: TransportInfo = {
    id: '',
    iceParameters: {},
    iceCandidates: [],
    dtlsParameters: {},
  };
  readonly role = 'spectator';
  readonly sendTransport = null;
  readonly protocol = undefined;
  readonly consumes = false;

  connect(): Promise<never> {
    return Promise.reject(new NearcadeError('signal_protocol', 'The relay has the transports'));
  }

  restartIce(): Promise<never> {
    return this.connect();
  }

  consume(): Promise<ConsumerInfo[]> {
    return this.connect();
  }

  produceData(): Promise<never> {
    return Promise.reject(new NearcadeError('forbidden', 'Spectators send no input'));
  }

  holdInput(): void {}

  onLink(): void {}

  requestKeyFrame(): Promise<void> {
    return Promise.resolve();
  }

  restartPicture(): Promise<void> {
    return Promise.resolve();
  }

  linkStats(): Promise<LinkStats> {
    return Promise.resolve({
      estimate: undefined,
      fell: false,
      sent: 0,
      missing: 0,
      loss: 0,
      queueMs: 0,
      cut: 'no',
    });
  }

  onClose(listener: () => void): void {
    this.#onClose.add(listener);
  }

  onLost(): void {}

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const closed of this.#onClose) closed();
  }
}
