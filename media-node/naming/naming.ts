import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { EdgeName } from './edge-name.ts';

/** How players reach this node: by a name of its own, or by what the configuration says. */
export interface Naming {
  /**
   * The WebSocket address, when players reach it: with the name's record made, and a certificate that browsers trust. Called before each
   * registration; throws a coded error when it could not be had, and may be called again. `fleetKey`: what the edge lets nodes in by.
   */
  settle(fleetKey: string, signal: AbortSignal): Promise<string>;
  /** What `settle` answered last. Throws `unavailable` before. */
  readonly signalUrl: string;
}

export interface NamingOptions {
  config: Pick<Config, 'naming' | 'signal' | 'rtc' | 'nodeId' | 'edgeUrl'>;
  /** Of this start of the program. */
  bootId: string;
  /** The port that was taken, for `{port}`. */
  port: number;
  log: Logger;
}

export function openNaming({ config, bootId, port, log }: NamingOptions): Naming {
  const fixed = config.signal.publicUrl?.replace('{port}', String(port));
  const { naming, nodeId, edgeUrl, rtc } = config;
  if (naming.kind === 'edge' && rtc.announcedAddress !== undefined) {
    const request = { nodeId, bootId, address: rtc.announcedAddress };
    return new EdgeName({ ...naming, edgeUrl, request, fallback: fixed, log });
  }
  const signalUrl = fixed ?? '';
  return { signalUrl, settle: async () => signalUrl };
}
