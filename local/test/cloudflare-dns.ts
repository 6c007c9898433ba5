import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

const record = z.object({
  name: z.string().min(1).max(255),
  type: z.string(),
  content: z.string(),
  ttl: z.number().refine(ttl => ttl === 1 || (ttl >= 60 && ttl <= 86400)),
  proxied: z.boolean().default(false),
  comment: z.string().max(100).nullish(),
});
const batchSchema = z.object({
  deletes: z.array(z.object({ id: z.string() })).default([]),
  patches: z.array(record.partial().extend({ id: z.string() })).default([]),
  posts: z.array(record).default([]),
});
export type StandInRecord = z.output<typeof record> & { id: string };

const faultSchema = z.object({
  /** 0: the connection ends without an answer. `lost`: done, and then no answer. */
  status: z.int(),
  lost: z.boolean().default(false),
  body: z.string().default(''),
  headers: z.record(z.string(), z.string()).default({}),
  on: z.enum(['list', 'batch']),
});
const controlSchema = z.object({
  /** What the next requests of that kind get instead of an answer, one each. */
  faults: z.array(faultSchema).default([]),
  /** As a person would have made them. */
  records: z.array(record).default([]),
});

/** Wrong requests, with Cloudflare's code for them. */
class Refused extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface ZoneState {
  records: StandInRecord[];
  faults: z.output<typeof faultSchema>[];
  requests: string[];
}

/**
 * Cloudflare's API for DNS records on a loopback port, as far as CloudflareZone needs it: any zone exists, and its token is `token-<zone id>`. A test in
 * another process says what fails and sees what is there at `/stand-in/<zone id>`.
 */
export class CloudflareDns {
  readonly #http: Server;
  readonly #zones = new Map<string, ZoneState>();

  private constructor() {
    this.#http = createServer((request, response) => {
      this.#answer(request).then(
        answer => {
          if (answer === undefined) return response.destroy();
          const { status, headers = {}, body } = answer;
          response.writeHead(status, { 'content-type': 'application/json', ...headers });
          return response.end(typeof body === 'string' ? body : JSON.stringify(body));
        },
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  }

  static async open(): Promise<CloudflareDns> {
    const dns = new CloudflareDns();
    await new Promise<void>(resolve => dns.#http.listen(0, '127.0.0.1', resolve));
    return dns;
  }

  /** As the setting DNS_API_URL has it. */
  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/client/v4`;
  }

  /** What a resolver would answer. */
  addressesOf(name: string, type: 'A' | 'AAAA'): string[] {
    const all = [...this.#zones.values()].flatMap(({ records }) => records);
    return all.filter(one => one.name === name.toLowerCase() && one.type === type).map(one => one.content);
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise(resolve => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage): Promise<Answer | undefined> {
    const url = new URL(request.url ?? '', this.url);
    const text = await readText(request);
    const control = /^\/stand-in\/(\w+)$/.exec(url.pathname)?.[1];
    if (control !== undefined) return { status: 200, body: this.#control(this.#zone(control), text) };
    const [, zoneId = '', batch] =
      /^\/client\/v4\/zones\/([0-9a-f]{32})\/dns_records(\/batch)?$/.exec(url.pathname) ?? [];
    const kind = batch === undefined ? 'list' : 'batch';
    if (zoneId === '' || request.method !== (kind === 'list' ? 'GET' : 'POST')) {
      return refusal(new Refused(404, 7003, 'Could not route to that'));
    }
    const zone = this.#zone(zoneId);
    zone.requests.push(`${kind} ${url.search}`);
    const index = zone.faults.findIndex(({ on }) => on === kind);
    const fault = index < 0 ? undefined : zone.faults.splice(index, 1)[0];
    if (fault !== undefined && !fault.lost) return fault.status === 0 ? undefined : fault;
    if (request.headers.authorization !== `Bearer token-${zoneId}`) {
      return refusal(new Refused(403, 10000, 'Authentication error'));
    }
    try {
      const body = kind === 'list' ? list(zone, url.searchParams) : change(zone, text);
      return fault === undefined ? { status: 200, body } : undefined;
    } catch (error) {
      if (error instanceof Refused) return refusal(error);
      throw error;
    }
  }

  #control(zone: ZoneState, text: string): object {
    if (text !== '') {
      const { faults, records } = controlSchema.parse(JSON.parse(text));
      zone.faults.push(...faults);
      zone.records.push(...records.map(one => ({ ...one, id: newId() })));
    }
    return { records: zone.records, requests: zone.requests };
  }

  #zone(id: string): ZoneState {
    const zone = this.#zones.get(id) ?? { records: [], faults: [], requests: [] };
    this.#zones.set(id, zone);
    return zone;
  }
}

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

const newId = () => randomBytes(16).toString('hex');

function list({ records }: ZoneState, query: URLSearchParams): object {
  const found = records.filter(
    ({ name, comment }) =>
      name === (query.get('name.exact') ?? name) && comment === (query.get('comment.exact') ?? comment),
  );
  const page = Number(query.get('page') ?? 1);
  const size = Number(query.get('per_page') ?? 100);
  const result = found.slice((page - 1) * size, page * size);
  const info = { page, per_page: size, count: result.length, total_count: found.length };
  return { success: true, errors: [], messages: [], result, result_info: info };
}

/** All of it or nothing. */
function change(zone: ZoneState, text: string): object {
  const parsed = batchSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Refused(400, 9207, 'Request body is invalid');
  const { deletes, patches, posts } = parsed.data;
  const records = new Map(zone.records.map(one => [one.id, one]));
  for (const { id } of deletes) {
    if (!records.delete(id)) throw new Refused(404, 81044, 'Record does not exist.');
  }
  for (const patch of patches) {
    const known = records.get(patch.id);
    if (known === undefined) throw new Refused(404, 81044, 'Record does not exist.');
    records.set(patch.id, { ...known, ...patch } as StandInRecord);
  }
  for (const post of posts) {
    const others = [...records.values()].filter(({ name }) => name === post.name);
    if (others.some(({ type, content }) => type === post.type && content === post.content)) {
      throw new Refused(400, 81058, 'An identical record already exists.');
    }
    if (others.some(({ type }) => type === 'CNAME')) {
      throw new Refused(400, 81054, 'A CNAME record with that host already exists.');
    }
    const id = newId();
    records.set(id, { ...post, id });
  }
  for (const { type, content } of records.values()) {
    if (type === 'A' && !isIPv4(content)) throw new Refused(400, 9005, 'Content for A record is invalid.');
    if (type === 'AAAA' && !isIPv6(content)) {
      throw new Refused(400, 9006, 'Content for AAAA record is invalid.');
    }
  }
  zone.records = [...records.values()];
  return { success: true, errors: [], messages: [], result: { deletes, patches, puts: [], posts } };
}

function refusal({ status, code, message }: Refused): Answer {
  return { status, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
