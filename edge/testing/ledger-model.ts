import { MINUTES_AHEAD } from '#edge/wallet/session-holds.ts';
import type { PriceUnit } from '#shared/api/wallet.ts';

/** What may happen to a wallet. Small numbers, so that balances run out and the same thing is done again and again. */
export type Step =
  | { do: 'top_up'; key: number; amount: number }
  | { do: 'reverse'; key: number }
  | { do: 'hold'; session: number; price: number; unit: PriceUnit }
  | { do: 'settle'; session: number; played: number | null; failed: boolean }
  | { do: 'pay'; payment: number }
  | { do: 'refund'; payment: number; percent: number }
  | { do: 'charge_back'; payment: number };

/** A wallet in plain arithmetic. */
export class LedgerModel {
  available = 0;
  held = 0;
  owed = 0;
  readonly #topUps = new Map<number, { amount: number; reversed: boolean }>();
  readonly #holds = new Map<number, { amount: number; price: number; unit: PriceUnit; open: boolean }>();
  readonly #payments = new Map<
    number,
    { paid: boolean; refunded: number; chargedBack: number; returned: number }
  >();

  /** `credits` and `money`: what each payment brings and costs. */
  take(taken: Step, credits: number, money: number): void {
    switch (taken.do) {
      case 'top_up':
        if (this.#topUps.has(taken.key)) return;
        this.#topUps.set(taken.key, { amount: taken.amount, reversed: false });
        this.#give(taken.amount);
        return;
      case 'reverse': {
        const made = this.#topUps.get(taken.key);
        if (made === undefined || made.reversed) return;
        made.reversed = true;
        this.#takeBack(made.amount);
        return;
      }
      case 'hold': {
        if (this.#holds.has(taken.session) || taken.price === 0 || this.available < taken.price) return;
        const units =
          taken.unit === 'session' ? 1 : Math.min(MINUTES_AHEAD, Math.floor(this.available / taken.price));
        const amount = taken.price * units;
        this.#holds.set(taken.session, { amount, price: taken.price, unit: taken.unit, open: true });
        this.available -= amount;
        this.held += amount;
        return;
      }
      case 'settle': {
        const hold = this.#holds.get(taken.session);
        if (hold === undefined || !hold.open) return;
        hold.open = false;
        this.held -= hold.amount;
        const units = hold.unit === 'session' ? 1 : Math.max(1, Math.ceil((taken.played ?? 0) / 60));
        const due = taken.failed || taken.played === null ? 0 : hold.price * units;
        this.#give(hold.amount - Math.min(due, hold.amount));
        return;
      }
      default: {
        const nothing = { paid: false, refunded: 0, chargedBack: 0, returned: 0 };
        const known = this.#payments.get(taken.payment) ?? nothing;
        this.#payments.set(taken.payment, known);
        if (taken.do === 'pay' && !known.paid) {
          known.paid = true;
          this.#give(credits);
        }
        if (taken.do === 'charge_back') known.chargedBack = money;
        if (taken.do === 'refund') {
          known.refunded = Math.max(known.refunded, Math.ceil((money * taken.percent) / 100));
        }
        if (!known.paid) return;
        const due = Math.round((credits * Math.min(money, known.refunded + known.chargedBack)) / money);
        this.#takeBack(due - known.returned);
        known.returned = due;
      }
    }
  }

  #give(amount: number): void {
    const paid = Math.min(this.owed, amount);
    this.owed -= paid;
    this.available += amount - paid;
  }

  #takeBack(amount: number): void {
    const there = Math.min(this.available, amount);
    this.available -= there;
    this.owed += amount - there;
  }
}
