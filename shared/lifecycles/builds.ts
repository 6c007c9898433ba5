import type { TransitionTable } from '../state-machine.ts';

/** A build of a game, from its upload on. */
export const BUILD_STATES = ['draft', 'published', 'retired'] as const;
export type BuildState = (typeof BUILD_STATES)[number];

export const BUILD_EVENTS = ['upload', 'publish', 'retire'] as const;
export type BuildEvent = (typeof BUILD_EVENTS)[number];

/**
 * A draft may be uploaded again; what was once published stays as it was, so that a version says what was played. A build may
 * be published to a second channel. A retired one never comes back: its sessions go on, new ones don't start.
 */
export const BUILD_TABLE: TransitionTable<BuildState, BuildEvent> = {
  draft: { upload: 'draft', publish: 'published', retire: 'retired' },
  published: { publish: 'published', retire: 'retired' },
  retired: {},
};

/** Where builds are published to; each shows one build of a game. `stable` is what the library shows. */
export const CHANNELS = ['stable', 'beta'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * Why a build is no longer a channel's. `superseded`: another was published, and a roll-back returns to it. `rolled_back`:
 * the one before was taken up again. `restored`: it was that one, and shows again under a new release. `retired`: its build was.
 */
export const RELEASE_END_REASONS = ['superseded', 'rolled_back', 'restored', 'retired'] as const;
export type ReleaseEndReason = (typeof RELEASE_END_REASONS)[number];
