/** Bounds of what is taken from a game's home, and when. The bytes of a packed save are bounded by SAVE_MAX_BYTES of the API. */

/** Bytes of all files of a save before packing: they are in memory, once, while they are packed. */
export const SAVE_MAX_UNPACKED_BYTES = 128 * 1024 * 1024;

/** Files and folders of a save: far above what games keep, and looked through in a few milliseconds. */
export const SAVE_MAX_ENTRIES = 10_000;

/** Folders within folders: each holds a descriptor while it is looked through. */
export const SAVE_MAX_DEPTH = 32;

/** Characters of a path inside the home, as in most file systems' tools. */
export const SAVE_MAX_PATH = 1024;

/** Milliseconds between two looks at a session's save paths. */
export const SCAN_MS = 1000;

/** Seconds for which the files are left alone before they count as written to the end. */
export const QUIET_S = 3;

/** Seconds between two automatic snapshots of a session. */
export const INTERVAL_S = 30;

/** Seconds after which files that never come to rest are taken as they are. */
export const RESTLESS_S = 120;

/** Looks at files that somebody waits for until they hold still, and milliseconds between two. */
export const STEADY_TRIES = 10;
export const STEADY_PAUSE_MS = 150;

/** Milliseconds that a session's end waits for its last save; it is put up after the end too, as long as the edge takes it. */
export const FINAL_WAIT_MS = 10_000;

/** Milliseconds that who asked for a save waits for it. */
export const SAVE_NOW_WAIT_MS = 30_000;

/** Milliseconds between two saves that a host asks for. */
export const SAVE_NOW_PAUSE_MS = 2000;

/** Milliseconds that a session which comes back to its node waits for what that has left of it to be put up. */
export const LEFT_WAIT_MS = 10_000;

/** Milliseconds that a game's start waits for the edge and the store to give it its save. */
export const RESTORE_WAIT_MS = 15_000;

/** Bytes of saves that wait on a node's disk to be put up: an outage of a night with the largest saves of many sessions. */
export const PENDING_MAX_BYTES = 2 * 1024 ** 3;

/** Bytes of packed saves that a node keeps to spare downloads. */
export const CACHE_MAX_BYTES = 512 * 1024 * 1024;
