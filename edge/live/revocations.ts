import { z } from 'zod';
import { ACCESS_TOKEN_TTL_S } from '#shared/limits.ts';
import type { CutReason } from '#shared/live.ts';
import { CUT_REASONS } from '#shared/live.ts';

const REVOCATIONS = 'revocations';

/** Seconds by which the clocks of the Workers that sign and of this hub may differ. */
const CLOCK_SKEW_S = 60;

/**
 * Sign-ins remembered one by one: what an account can begin within a token's life, many times over. When more end than that, all
 * tokens until then are refused instead.
 */
const MAX_SIGN_INS = 1000;

const revocationsSchema = z.object({
  signIns: z.array(z.object({ id: z.string(), reason: z.enum(CUT_REASONS), until: z.number() })),
  /** Every token signed until `at`. Times: ms since 1970. */
  all: z.object({ at: z.number(), reason: z.enum(CUT_REASONS), until: z.number() }).nullable(),
});
type Revoked = z.infer<typeof revocationsSchema>;

/** Which access tokens of a player are no longer good although their time has not run out; remembered until it has. */
export class Revocations {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** A sign-in that is refused for longer already stays so. */
  add(
    signInIds: readonly string[],
    reason: CutReason,
    now: number,
    seconds = ACCESS_TOKEN_TTL_S + CLOCK_SKEW_S,
  ): void {
    const until = now + seconds * 1000;
    const { signIns, all } = this.#read(now);
    const longer = new Set(signIns.filter(one => one.until > until).map(({ id }) => id));
    const more = signInIds.filter(id => !longer.has(id)).map(id => ({ id, reason, until }));
    const added = new Set(more.map(({ id }) => id));
    const known = [...signIns.filter(({ id }) => !added.has(id)), ...more];
    const revoked: Revoked =
      known.length > MAX_SIGN_INS
        ? { signIns: [], all: { at: now, reason, until: Math.max(...known.map(one => one.until)) } }
        : { signIns: known, all };
    this.#storage.kv.put<Revoked>(REVOCATIONS, revoked);
  }

  /** Why a token of this sign-in, good until `expiresAt`, is refused; undefined when it is not. */
  refusal(signInId: string, expiresAt: number, now: number): CutReason | undefined {
    const { signIns, all } = this.#read(now);
    const one = signIns.find(({ id }) => id === signInId);
    if (one !== undefined) return one.reason;
    const signedAt = expiresAt - ACCESS_TOKEN_TTL_S * 1000;
    return all !== null && signedAt <= all.at ? all.reason : undefined;
  }

  /** When the last is forgotten; undefined when there is none. */
  forgottenAt(now: number): number | undefined {
    const { signIns, all } = this.#read(now);
    const moments = [...signIns, ...(all === null ? [] : [all])].map(({ until }) => until);
    return moments.length === 0 ? undefined : Math.max(...moments);
  }

  #read(now: number): Revoked {
    const stored = revocationsSchema.safeParse(this.#storage.kv.get(REVOCATIONS));
    if (!stored.success) return { signIns: [], all: null };
    const { signIns, all } = stored.data;
    return {
      signIns: signIns.filter(({ until }) => until > now),
      all: all !== null && all.until > now ? all : null,
    };
  }
}
