import type { NodeOrder } from '#shared/api/orders.ts';
import type { Logger } from '../log.ts';

/** Orders that are remembered: an order comes again only for as long as its acknowledgement is under way. */
const REMEMBERED = 1000;

export type OrderOf<Type extends NodeOrder['type']> = Extract<NodeOrder, { type: Type }>;

/** What carries out each kind of order. */
export type OrderHandlers = { readonly [Type in NodeOrder['type']]: (order: OrderOf<Type>) => void };

/** Carries out each order once, whichever way and however often it comes. */
export class OrderDesk {
  readonly #handlers: OrderHandlers;
  readonly #log: Logger;
  readonly #done = new Set<string>();
  #unsaid: string[] = [];

  constructor(handlers: OrderHandlers, log: Logger) {
    this.#handlers = handlers;
    this.#log = log;
  }

  /** Carries out what is new; the ids of all of them, to be acknowledged. */
  carryOut(orders: readonly NodeOrder[]): string[] {
    for (const order of orders) {
      if (this.#done.has(order.id)) continue;
      this.#remember(order.id);
      this.#log.info({ order }, 'order');
      try {
        (this.#handlers[order.type] as (order: NodeOrder) => void)(order);
      } catch (err) {
        // It would fail the same way again.
        this.#log.error({ err, order }, 'order failed');
      }
    }
    return orders.map(order => order.id);
  }

  /** The same for orders that came with a heartbeat's answer: the next heartbeat acknowledges them. */
  carryOutFromHeartbeat(orders: readonly NodeOrder[]): void {
    this.#unsaid = this.carryOut(orders);
  }

  /** What the next heartbeat acknowledges. */
  get unsaid(): string[] {
    return this.#unsaid;
  }

  #remember(id: string): void {
    this.#done.add(id);
    const [oldest] = this.#done;
    if (this.#done.size > REMEMBERED && oldest !== undefined) this.#done.delete(oldest);
  }
}
