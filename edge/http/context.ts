import type { Bindings } from '#edge/env.ts';
import type { Services } from '#edge/services.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';

/** Bindings and variables of every route. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: { services: Services; requestId: string };
}

/** Behind `requirePlayer`. */
export interface PlayerEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { player: AccessClaims };
}

/** The node that proved who it is. */
export interface AuthenticatedNode {
  id: string;
  bootId: string;
}

/** Behind `requireNode`. */
export interface NodeEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { node: AuthenticatedNode };
}
