import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeName, NodeNameRequest } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { backoffMs } from '../fleet/backoff.ts';
import type { Logger } from '../log.ts';
import { askName } from './ask-name.ts';
import { checkCertificate, type TlsDoor } from './certificate.ts';
import type { Naming } from './naming.ts';

/**
 * Milliseconds between two handshakes that found no certificate: each may be an order at the issuer, which counts those that fail. The
 * longest is less than what the edge keeps a name for that is not asked for again.
 */
const RETRY_FIRST_MS = 15_000;
const RETRY_MOST_MS = 300_000;

export interface EdgeNameOptions {
  edgeUrl: string;
  request: NodeNameRequest;
  /** Where TLS is answered for the name: Caddy (media-node/image/caddy). */
  tls: TlsDoor;
  /** Seconds that a new record gets to reach the issuer's resolvers before a certificate is asked for. */
  settleSeconds: number;
  /** The address that players reach where the edge gives no names. */
  fallback: string | undefined;
  log: Logger;
  /** Milliseconds before the next handshake, by how many have failed; for tests. */
  retryMs?: (failures: number) => number;
}

/** A node's name from the edge, `<node id>.<domain>`, with TLS in front of the node. */
export class EdgeName implements Naming {
  readonly #options: EdgeNameOptions;
  #signalUrl: string | undefined;

  constructor(options: EdgeNameOptions) {
    this.#options = options;
  }

  get signalUrl(): string {
    if (this.#signalUrl === undefined) throw new NearcadeError('unavailable', 'The node has no name yet');
    return this.#signalUrl;
  }

  async settle(fleetKey: string, signal: AbortSignal): Promise<string> {
    const { settleSeconds, log } = this.#options;
    let name = await this.#ask(fleetKey, signal);
    if (name === undefined) return this.#fallBack();
    const { hostname } = name;
    log.info({ hostname }, 'the node has its name');
    await pause((settleSeconds - name.ageSeconds) * 1000, signal);
    for (let failures = 0; !(await this.#hasCertificate(hostname, failures, signal)); failures++) {
      await pause(this.#retryMs(failures), signal);
      // It is kept for who asks again.
      name = (await this.#ask(fleetKey, signal)) ?? name;
    }
    this.#signalUrl = `wss://${hostname}/`;
    return this.#signalUrl;
  }

  /** Undefined: the edge gives none. */
  async #ask(fleetKey: string, signal: AbortSignal): Promise<NodeName | undefined> {
    const { edgeUrl, request, fallback } = this.#options;
    try {
      return await askName(edgeUrl, fleetKey, request, signal);
    } catch (error) {
      const isOff = error instanceof NearcadeError && error.code === 'naming_off';
      if (isOff && fallback !== undefined) return undefined;
      throw error;
    }
  }

  #fallBack(): string {
    const { fallback = '', log } = this.#options;
    log.warn({ signalUrl: fallback }, 'the edge gives no names: the configured address is used');
    this.#signalUrl = fallback;
    return fallback;
  }

  async #hasCertificate(hostname: string, failures: number, signal: AbortSignal): Promise<boolean> {
    const { tls, log } = this.#options;
    try {
      await checkCertificate(hostname, tls, signal);
      log.info({ hostname }, 'the certificate is there');
      return true;
    } catch (err) {
      signal.throwIfAborted();
      log.warn({ err, hostname, failures }, 'no certificate for the node’s name yet: will look again');
      return false;
    }
  }

  #retryMs(failures: number): number {
    const { retryMs } = this.#options;
    return retryMs?.(failures) ?? backoffMs(failures, RETRY_FIRST_MS, RETRY_MOST_MS, Math.random);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal });
}
