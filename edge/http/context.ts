import type { Bindings } from '#edge/bindings.ts';
import type { Services } from '#edge/services.ts';

/** Bindings and variables of every route. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    services: Services;
    requestId: string;
    /** The answer has all its headers (answer.ts). */
    isWhole?: boolean;
  };
}

/** The node that proved who it is. */
export interface AuthenticatedNode {
  id: string;
  bootId: string;
}
