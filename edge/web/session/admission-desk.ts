import type { Admission, Entry } from '#shared/api/play.ts';

/** Carries the admission that a click has fetched to the play page, so that this page need not ask again. */
export class AdmissionDesk {
  readonly #now: () => number;
  #held: { admission: Admission; expiresAt: number } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A place in the queue is not carried: the page asks for it, which keeps it. */
  leave(entry: Entry): void {
    if (entry.kind === 'queued') return;
    const admission = entry;
    this.#held = { admission, expiresAt: this.#now() + admission.ticketExpiresIn * 1000 };
  }

  /** Once; undefined when there is none for this session or its ticket is too old to use. */
  collect(sessionId: string): Admission | undefined {
    const held = this.#held;
    this.#held = undefined;
    if (held?.admission.session.id !== sessionId || held.expiresAt <= this.#now()) return undefined;
    return held.admission;
  }
}
