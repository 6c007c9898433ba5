import type { LiveEvent, LiveEventType } from '#shared/live.ts';

/** Where live events come from: the app's LiveClient. */
export interface LiveSource {
  /** Answers how to stop it. */
  on<T extends LiveEventType>(type: T, handler: (event: Extract<LiveEvent, { type: T }>) => void): () => void;
  /** What is shown may be out of date: read it again. */
  onFresh(handler: () => void): () => void;
}
