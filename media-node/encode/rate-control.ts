import type { LinkStats } from '../sfu/link-meter.ts';

/** Bounds in bits a second. */
export interface RateBounds {
  min: number;
  max: number;
}

export interface RateState {
  /** What the encoder is told, bits a second. */
  target: number;
  /** The target at which a link was last found full; Infinity while none was, or when it was passed without harm. */
  ceiling: number;
  /** Seconds since a link was found full. */
  calmS: number;
  /** Links that have just lost so many packets that the picture hangs: what waits must drain, and a key frame start anew. */
  flooded: readonly LinkStats[];
}

/** Part of what a link carries that goes to the picture: sound, headers, packets sent twice and key frames need the rest. */
const PICTURE_SHARE = 0.83;

/** A link that carries less than this part of the target says nothing of what it could: the picture stands still. */
const USED_SHARE = 0.5;

/** Missing packets from which a link counts as full whatever its estimate says; no link loses so many by chance. */
const HEAVY_MISSING = 0.2;
const HEAVY_LOSS = 0.15;

/** Milliseconds in queues from which a link counts as full: routers with deep buffers lose nothing, and delay all. */
const DEEP_QUEUE_MS = 120;

/**
 * No event takes more than the rest of this: receivers ask for a packet several times, and the estimate falls below what arrives.
 * A link that is narrower yet says so again.
 */
const LEAST_LEFT = 0.4;

/** What a full link is taken to carry when only its delay tells. */
const QUEUED_SHARE = 0.85;

/**
 * The figures of a link lag: so long after giving way nothing is judged, or one event would be answered twice. Receivers' reports
 * come about once a second, and tell of the second before.
 */
const BLIND_S = 0.6;
const REPORT_BLIND_S = 2;

/** Packets missed so soon after giving way were on their way before. */
const ANSWERED_S = 0.5;

/** While a flooded link drains, part of the target that is sent. */
const DRAIN_SHARE = 0.6;

/** Before growing again: congestion that comes back within this time has not ended. */
const CALM_S = 1.2;

/** Growth a second, and when too little is sent to tell. */
const GROWTH = 0.2;
const BLIND_GROWTH = 0.05;

/** What is left of the target when a known ceiling is touched again. */
const TOUCH_SHARE = 0.9;

/** How fast a ceiling is forgotten, a second: first hardly, and soon when the link has borne it for a while. */
const CEILING_FADE = 0.01;
const BORNE_FADE = 0.2;
const BORNE_S = 6;

export function initialRate(bounds: RateBounds): RateState {
  return { target: bounds.max, ceiling: Number.POSITIVE_INFINITY, calmS: REPORT_BLIND_S, flooded: [] };
}

/**
 * The encoder's next bitrate. `links` are the seated players' alone: a spectator on a bad link must not spoil the game
 * for those who play it. Down at once, up slowly.
 *
 * What a link carries is learnt when it is full: the SFU's delay-based estimate falls, packets go missing, or the round trip
 * grows. Between such events the estimate itself is no limit: it says little more than what was lately sent, and a still picture
 * sends little.
 */
export function nextRate(
  state: RateState,
  all: readonly LinkStats[],
  bounds: RateBounds,
  elapsedS: number,
): RateState {
  // What a cut link lost says nothing of what it carries, nor do the figures that come in a heap when it is back.
  const isBack = all.some(({ cut }) => cut === 'over');
  const links = all.filter(({ cut }) => cut === 'no');
  const calmS = isBack ? 0 : state.calmS + elapsedS;
  const ceiling = state.ceiling * (1 + CEILING_FADE) ** elapsedS;
  const target = clip(state.target, bounds);
  if (calmS < BLIND_S) return { ...state, target, calmS, flooded: [] };
  const carried = Math.min(...links.map(link => carriedBy(link, { target, calmS })));
  const flooded = links.filter(link => link.missing >= HEAVY_MISSING && isUsed(link, state));
  // Back at the ceiling that is known, after a while, and nothing is lost: the queue has only begun to fill.
  const known = Number.isFinite(ceiling) && calmS >= REPORT_BLIND_S;
  const harmed = links.some(({ loss, queueMs }) => loss >= HEAVY_LOSS || queueMs >= DEEP_QUEUE_MS);
  const touched = known && flooded.length === 0 && !harmed;
  const limit = Math.max(PICTURE_SHARE * carried, touched ? TOUCH_SHARE * target : 0);
  if (limit < state.target) {
    return {
      target: clip(limit, bounds),
      ceiling: touched ? Math.min(ceiling, target / PICTURE_SHARE) : carried,
      calmS: 0,
      flooded,
    };
  }
  if (calmS < CALM_S || links.length === 0) return { target, ceiling, calmS, flooded: [] };
  return { ...grow({ target, ceiling, calmS }, links, bounds, elapsedS), calmS, flooded: [] };
}

/** Milliseconds for which missing packets tell something that was not answered yet. */
export function lookBackMs(state: Pick<RateState, 'calmS'>): number {
  return Math.max(0, state.calmS - ANSWERED_S) * 1000;
}

/** What goes to the encoder now: less than the target while a flooded link drains. */
export function sentNow(state: RateState, drainingS: number, bounds: RateBounds): number {
  return drainingS < BLIND_S ? clip(state.target * DRAIN_SHARE, bounds) : state.target;
}

function grow(
  { target, ceiling, calmS }: Pick<RateState, 'target' | 'ceiling' | 'calmS'>,
  links: readonly LinkStats[],
  bounds: RateBounds,
  elapsedS: number,
): Pick<RateState, 'target' | 'ceiling'> {
  if (links.some(link => link.estimate === undefined)) return { target, ceiling };
  const used = links.every(link => isUsed(link, { target }));
  const borne = used && calmS >= BORNE_S ? ceiling * (1 + BORNE_FADE) ** elapsedS : ceiling;
  const growth = used ? GROWTH : BLIND_GROWTH;
  const grown = Math.min(borne * PICTURE_SHARE, target * (1 + growth) ** elapsedS);
  return { target: clip(Math.max(target, grown), bounds), ceiling: borne };
}

/** Bits a second that a link is found to carry; Infinity while it is not full. */
function carriedBy(link: LinkStats, state: Pick<RateState, 'target' | 'calmS'>): number {
  if (!isUsed(link, state)) return Number.POSITIVE_INFINITY;
  // The figure of what is sent looks back a second or two, over what was sent before giving way.
  const sent = Math.min(link.sent, state.target / PICTURE_SHARE);
  const reported = state.calmS >= REPORT_BLIND_S;
  const lost = Math.max(
    // Receivers ask for most packets more than once.
    link.missing >= HEAVY_MISSING ? link.missing / (1 + link.missing) : 0,
    reported && link.loss >= HEAVY_LOSS ? link.loss : 0,
  );
  let carried = lost > 0 ? sent * (1 - lost) : Number.POSITIVE_INFINITY;
  // It falls to 0.85 of what arrived: that much less is not lost to us.
  if (link.fell && link.estimate !== undefined) carried = Math.min(carried, link.estimate / 0.85);
  if (reported && link.queueMs >= DEEP_QUEUE_MS) carried = Math.min(carried, sent * QUEUED_SHARE);
  return Math.max(carried, sent * LEAST_LEFT);
}

/** The link carries about what the encoder may send: its figures mean something. */
function isUsed(link: LinkStats, state: Pick<RateState, 'target'>): boolean {
  return link.sent >= USED_SHARE * state.target;
}

function clip(rate: number, bounds: RateBounds): number {
  return Math.round(Math.max(bounds.min, Math.min(bounds.max, rate)));
}
