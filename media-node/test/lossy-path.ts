import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A path between two UDP ports of this machine that loses packets on the way from the first to the second. */
export class LossyPath {
  readonly #near: Socket;
  readonly #far: Socket;
  #count = 0;
  /** Every so many packets one is lost; 0: none. */
  loseEach = 0;
  lost = 0;

  private constructor(near: Socket, far: Socket) {
    this.#near = near;
    this.#far = far;
  }

  static async open(): Promise<LossyPath> {
    const sockets = [createSocket('udp4').bind(0, '127.0.0.1'), createSocket('udp4').bind(0, '127.0.0.1')];
    await Promise.all(sockets.map(socket => once(socket, 'listening')));
    const [near, far] = sockets as [Socket, Socket];
    return new LossyPath(near, far);
  }

  /** What either side has to take for the other one's port. */
  get ports(): { near: number; far: number } {
    return { near: this.#near.address().port, far: this.#far.address().port };
  }

  join(first: number, second: number): void {
    this.#near.on('message', packet => {
      this.#count += 1;
      if (this.loseEach > 0 && this.#count % this.loseEach === 0) this.lost += 1;
      else this.#far.send(packet, second, '127.0.0.1');
    });
    this.#far.on('message', packet => this.#near.send(packet, first, '127.0.0.1'));
  }

  close(): void {
    this.#near.close();
    this.#far.close();
  }
}
