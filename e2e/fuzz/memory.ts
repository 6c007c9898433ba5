import { judge, type Verdict } from '../soak/growth.ts';

/** Megabytes that are breathing, whatever the length of the run: what bursts leave in the pools of allocators. */
const ALLOWED_MB = 16;

/** Below so many looks the warm-up is all there is to see. */
const LOOKS_TO_JUDGE = 40;

/** Follows the memory of what is fuzzed: what each wrong input left behind would add up. */
export class MemoryWatch {
  readonly #read: () => Record<string, number>;
  readonly #looks = new Map<string, number[]>();

  /** `read`: resident megabytes by the name of what has them. */
  constructor(read: () => Record<string, number>) {
    this.#read = read;
  }

  look(): void {
    for (const [name, megabytes] of Object.entries(this.#read())) {
      this.#looks.set(name, [...(this.#looks.get(name) ?? []), megabytes]);
    }
  }

  /** First and last look in megabytes, and the growth after the warm-up. Throws when something grows. */
  judge(): Record<string, { first: number; last: number; growth: number }> {
    const verdicts = [...this.#looks].map(([name, values]) =>
      judge({ name, unit: 'MB', allowance: ALLOWED_MB, values: thinned(values) }),
    );
    const growing = verdicts.find(({ name, grows }) => grows && this.#count(name) >= LOOKS_TO_JUDGE);
    if (growing !== undefined) throw new Error(`memory grows: ${JSON.stringify(growing)}`);
    return Object.fromEntries(verdicts.map(verdict => [verdict.name, figures(verdict)]));
  }

  #count(name: string): number {
    return this.#looks.get(name)?.length ?? 0;
  }
}

/** Looks that are compared, each with each other. */
const MOST_LOOKS = 500;

function thinned(values: readonly number[]): number[] {
  const step = Math.ceil(values.length / MOST_LOOKS);
  return values.filter((_, index) => index % step === 0);
}

function figures({ first, last, growth }: Verdict) {
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return { first: rounded(first), last: rounded(last), growth: rounded(growth) };
}
