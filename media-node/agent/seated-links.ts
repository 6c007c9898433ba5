import type { QualityBounds } from '#shared/quality.ts';
import type { Restart } from '../encode/quality-controller.ts';
import type { LinkStats } from '../sfu/link-meter.ts';
import type { Admission } from './admission.ts';

/** The links of those who have a seat, as rate control watches them: nobody else's may be felt in the picture. */
export class SeatedLinks {
  readonly #admissions: ReadonlySet<Admission>;
  readonly #admissionOf = new WeakMap<LinkStats, Admission>();
  #loss: number | undefined;

  constructor(admissions: ReadonlySet<Admission>) {
    this.#admissions = admissions;
  }

  /** The worst of them when they were last looked at; undefined: there was none. */
  get loss(): number | undefined {
    return this.#loss;
  }

  async links(lookBackMs: number): Promise<LinkStats[]> {
    const stats = await Promise.all(
      this.#seated.map(async admission => {
        const link = await admission.linkStats(lookBackMs);
        this.#admissionOf.set(link, admission);
        return link;
      }),
    );
    this.#loss = stats.length === 0 ? undefined : Math.max(...stats.map(({ loss }) => loss));
    return stats;
  }

  /** Who has left meanwhile needs none. */
  restart(hanging: readonly LinkStats[], why: Restart): void {
    const restarts = hanging.map(link => this.#admissionOf.get(link)?.restartPicture(why));
    for (const restart of restarts) void restart?.catch(() => undefined);
  }

  bounds(): QualityBounds[] {
    return this.#seated.flatMap(admission => admission.qualityBounds);
  }

  get #seated(): Admission[] {
    return [...this.#admissions].filter(({ participant }) => participant.role === 'player');
  }
}
