import type { LinkStats } from '../sfu/viewer.ts';

/** Bounds in bits a second: the game's manifest. */
export interface RateBounds {
  min: number;
  max: number;
}

export interface RateState {
  /** What the encoder is told, bits a second. */
  target: number;
  /** The last estimate that traffic has proved to be the limit; Infinity while none was met. */
  ceiling: number;
}

/** Part of the estimate that goes to the picture: sound, headers, retransmissions and key frames need the rest. */
const PICTURE_SHARE = 0.85;

/** An estimate counts as proved when at least this part of it is really being sent. */
const PROVED_SHARE = 0.6;

/** Loss from which a link counts as full although its estimate has not fallen yet. */
const HEAVY_LOSS = 0.1;
const LOSS_BACKOFF = 0.85;

/** Growth a second with a good estimate, and when the game sends too little for the estimate to mean anything. */
const GROWTH = 0.12;
const BLIND_GROWTH = 0.05;

/** How fast a ceiling that was met is forgotten, a second. */
const CEILING_FADE = 0.02;

export function initialRate(bounds: RateBounds): RateState {
  return { target: bounds.max, ceiling: Number.POSITIVE_INFINITY };
}

/**
 * The encoder's next bitrate. `links` are the seated players' alone: a spectator on a bad link must not spoil the game
 * for those who play it. Down at once, up slowly.
 *
 * A still picture sends little, and an estimate that no traffic has tested says nothing: taking it for a limit would
 * starve the stream for good, since less sent makes the estimate smaller still. So it only counts when it is proved by
 * what is sent. A stream that uses its bitrate without meeting a limit grows; one that does not use it grows blindly, and
 * only up to the last limit that was really met.
 */
export function nextRate(
  state: RateState,
  links: readonly LinkStats[],
  bounds: RateBounds,
  elapsedS: number,
): RateState {
  const known = links.filter(link => link.estimate !== undefined);
  const proved = known.filter(link => link.sent >= PROVED_SHARE * (link.estimate ?? 0));
  const limit = Math.min(...proved.map(link => PICTURE_SHARE * (link.estimate ?? 0)));
  // Of a few packets a second, one that is late looks like heavy loss.
  const lossy = links.some(link => link.loss >= HEAVY_LOSS && uses(link, state));

  if (limit < state.target) {
    return { target: clip(limit, bounds), ceiling: limit };
  }
  if (lossy) {
    const target = state.target * LOSS_BACKOFF ** elapsedS;
    return { target: clip(target, bounds), ceiling: Math.min(state.ceiling, state.target) };
  }
  const ceiling = state.ceiling * (1 + CEILING_FADE) ** elapsedS;
  if (known.length === 0) return { target: clip(state.target, bounds), ceiling };
  if (known.every(link => uses(link, state))) {
    const grown = Math.min(limit, state.target * (1 + GROWTH) ** elapsedS);
    return { target: clip(grown, bounds), ceiling: Math.max(ceiling, grown) };
  }
  const grown = Math.min(
    limit,
    Math.max(state.target, Math.min(ceiling, state.target * (1 + BLIND_GROWTH) ** elapsedS)),
  );
  return { target: clip(grown, bounds), ceiling };
}

/** The link carries about what the encoder may send: its figures mean something. */
function uses(link: LinkStats, state: RateState): boolean {
  return link.sent >= PROVED_SHARE * state.target;
}

function clip(rate: number, bounds: RateBounds): number {
  return Math.round(Math.max(bounds.min, Math.min(bounds.max, rate)));
}
