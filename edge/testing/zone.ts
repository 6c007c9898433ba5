import { createScheduledController } from 'cloudflare:test';
import { sql } from 'drizzle-orm';
import worker from '#edge/worker.ts';
import type { NodeName } from '#shared/api/fleet.ts';
import { OwnPlatform } from './own-platform.ts';
import { bindings, registerNode, services, type TestNode, unique } from './platform.ts';

/** What the stand-in for Cloudflare (local/test/cloudflare-dns.ts) has. */
export interface SeenRecord {
  id: string;
  name: string;
  type: string;
  content: string;
  ttl: number;
  proxied: boolean;
  comment: string | null;
}

export interface Fault {
  on: 'list' | 'batch';
  status: number;
  lost?: boolean;
  body?: string;
  headers?: Record<string, string>;
}

const hex = (chars: number) =>
  [...crypto.getRandomValues(new Uint8Array(chars / 2))]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('');

/** A public IPv4 address that no other test has. */
export function newAddress(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(3));
  return ['52', ...bytes].join('.');
}

/** A platform of its own whose nodes get names, in a zone of its own at the stand-in. */
export class TestZone {
  readonly domain = `${unique('nodes')}.example.org`;
  readonly id = hex(32);
  readonly platform: OwnPlatform;

  constructor(settings: Record<string, string> = {}) {
    this.platform = new OwnPlatform(unique('platform'), {
      DNS_ZONE_ID: this.id,
      DNS_API_TOKEN: `token-${this.id}`,
      NODE_DOMAIN: this.domain,
      ...settings,
    });
  }

  /** `from`: the address that the request comes from. */
  async ask(
    node: { id: string; bootId: string },
    address: string,
    { from = address, key }: { from?: string; key?: string } = {},
  ): Promise<Response> {
    const { settings } = await services();
    return this.platform.fetch('/node/v1/name', {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${key ?? settings.NODE_REGISTRATION_KEY}`,
        'Content-Type': 'application/json',
        'CF-Connecting-IP': from,
      },
      body: JSON.stringify({ nodeId: node.id, bootId: node.bootId, address }),
    });
  }

  async askOk(node: { id: string; bootId: string }, address: string): Promise<NodeName> {
    const response = await this.ask(node, address);
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  }

  async register(node: { id: string; bootId: string }): Promise<TestNode> {
    const response = await registerNode([], node);
    const { nodeToken } = (await response.json()) as { nodeToken: string };
    return { ...node, token: nodeToken };
  }

  leave(node: TestNode): Promise<Response> {
    return this.platform.fetch('/node/v1/leave', {
      method: 'POST',
      headers: { Authorization: `Bearer ${node.token}` },
    });
  }

  async cron(): Promise<void> {
    await worker.scheduled(createScheduledController({ cron: '* * * * *' }), this.platform.bindings);
  }

  /** The next comparison of zone and names is due. */
  async sweepIsDue(): Promise<void> {
    const { db } = await services();
    await db.execute(sql`update node_name_sweeps set swept_at = now() - interval '1 hour'`);
  }

  /** As if it had happened so long ago. */
  async age(hostname: string, seconds: number): Promise<void> {
    const { db } = await services();
    const ago = sql`make_interval(secs => ${seconds}::float8)`;
    await db.execute(sql`
      update node_names set asked_at = asked_at - ${ago}, applied_at = applied_at - ${ago}, next_try_at = next_try_at - ${ago}
      where hostname = ${hostname}`);
  }

  async records(): Promise<SeenRecord[]> {
    return (await this.#control()).records;
  }

  /** What was asked of it, as `list <query>` and `batch `. */
  async requests(): Promise<string[]> {
    return (await this.#control()).requests;
  }

  async add(record: Omit<SeenRecord, 'id'>): Promise<void> {
    await this.#control({ records: [record] });
  }

  async fail(...faults: Fault[]): Promise<void> {
    await this.#control({ faults });
  }

  async #control(body?: object): Promise<{ records: SeenRecord[]; requests: string[] }> {
    const origin = new URL(String(bindings.DNS_API_URL)).origin;
    const response = await fetch(`${origin}/stand-in/${this.id}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  }
}

export const newNodeOf = () => ({ id: unique('node'), bootId: crypto.randomUUID() });

/** A zone, and no name that would be due in it: rows are everybody's who has one. */
export async function emptyZone(): Promise<TestZone> {
  const { db } = await services();
  await db.execute(sql`delete from node_names`);
  return new TestZone();
}

/** A node's record as the platform makes it. */
export const aRecord = (hostname: string, address: string) => ({
  name: hostname,
  type: 'A',
  content: address,
  ttl: 60,
  proxied: false,
  comment: 'Nearcade node of nearcade.test',
});

/** As if the node had not been heard of for so long that its lease ended then. */
export async function loseLease(id: string, secondsAgo: number): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update nodes set lease_expires_at = now() - make_interval(secs => ${secondsAgo}::float8) where id = ${id}`);
}
