/** Seconds that resolvers keep an answer: a node that moves is found again within a minute. The least that Cloudflare takes. */
export const RECORD_TTL_S = 60;

/** A record as it should be. */
export interface AddressRecord {
  /** The whole name, without a dot at its end. */
  name: string;
  type: 'A' | 'AAAA';
  content: string;
}

/** A record as it is. */
export interface ZoneRecord {
  id: string;
  name: string;
  /** Also of types that we never make. */
  type: string;
  content: string;
  ttl: number;
  /** Whether the provider stands in between. */
  proxied: boolean;
  /** Whether this platform made it. */
  isOurs: boolean;
}

/** Done together or not at all. */
export interface ZoneChange {
  /** Ids. */
  deletes: readonly string[];
  /** Brings a record of ours to that content. */
  updates: ReadonlyArray<AddressRecord & { id: string }>;
  creates: readonly AddressRecord[];
}

/** The DNS zone that nodes' names are in. Everything throws `ZoneFailed`, or what `signal` was aborted with. */
export interface Zone {
  /** Names are `<node id>.<domain>`. */
  readonly domain: string;
  /** Every record of that name, whoever made it. */
  recordsAt(hostname: string, signal: AbortSignal): Promise<ZoneRecord[]>;
  /** Every record that this platform made. */
  ownRecords(signal: AbortSignal): Promise<ZoneRecord[]>;
  change(change: ZoneChange, signal: AbortSignal): Promise<void>;
}

/** The zone could not be read or changed: may be tried again, not before `retryAfterS` if it says so. The message has no secret in it. */
export class ZoneFailed extends Error {
  override readonly name = 'ZoneFailed';
  readonly retryAfterS: number | undefined;

  constructor(message: string, { cause, retryAfterS }: { cause?: unknown; retryAfterS?: number } = {}) {
    super(message, { cause });
    this.retryAfterS = retryAfterS;
  }
}
