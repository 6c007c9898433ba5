import { join } from 'node:path';

/**
 * Environments that tests go by (vitest.config.ts sets NEARCADE_ENVIRONMENTS to it), so that none of them depends on what an operator has written
 * into environments/*.json.
 */
export const EXAMPLE_ENVIRONMENTS = join(import.meta.dirname, 'environments');

/** The operators' own. */
export const OWN_ENVIRONMENTS = join(import.meta.dirname, '..', '..', 'environments');
