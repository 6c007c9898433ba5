import { z } from 'zod';
import { RECORD_TTL_S, type Zone, type ZoneChange, ZoneFailed, type ZoneRecord } from './zone.ts';

/** Records in one page of a list: Cloudflare takes far more, but an answer should stay readable in one go. */
const PAGE = 1000;

/** Pages of one list, as many as the largest zone has; more means that it never ends. */
const MAX_PAGES = 50;

/** Characters of a comment that Cloudflare keeps in every plan. */
const COMMENT_MAX_CHARS = 100;

/** Of what went wrong at most this much is told. */
const ERROR_MAX_CHARS = 300;

/** What Cloudflare asks us to wait for at most, in seconds: its limit counts five minutes. */
const RETRY_AFTER_MAX_S = 3600;

const answerSchema = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).default([]),
  result: z.unknown(),
});
const recordsSchema = z.array(
  z.object({
    id: z.string().min(1),
    name: z.string(),
    type: z.string(),
    content: z.string().default(''),
    ttl: z.number(),
    proxied: z.boolean().default(false),
    comment: z.string().nullish(),
  }),
);

export interface CloudflareZoneOptions {
  /** e.g. https://api.cloudflare.com/client/v4 */
  api: string;
  /** An API token with DNS Edit for that zone alone. */
  token: string;
  zoneId: string;
  domain: string;
  /** Host of the platform's page: its records carry it. */
  platform: string;
  fetcher: typeof fetch;
}

/**
 * A zone at Cloudflare (developers.cloudflare.com/api/resources/dns/subresources/records): records are DNS only, since Cloudflare passes on no
 * WebRTC, and known again by their comment.
 */
export class CloudflareZone implements Zone {
  readonly domain: string;
  readonly #records: string;
  readonly #token: string;
  readonly #comment: string;
  readonly #fetch: typeof fetch;

  constructor({ api, token, zoneId, domain, platform, fetcher }: CloudflareZoneOptions) {
    this.domain = domain;
    this.#records = `${api.replace(/\/+$/, '')}/zones/${zoneId}/dns_records`;
    this.#token = token;
    this.#comment = `Nearcade node of ${platform}`.slice(0, COMMENT_MAX_CHARS);
    // Called without `this`: workerd's own fetch refuses any other.
    this.#fetch = (input, init) => fetcher(input, init);
  }

  // What is listed is looked at again: records are removed by it, and a filter that was not understood filters nothing.

  async recordsAt(hostname: string, signal: AbortSignal): Promise<ZoneRecord[]> {
    const found = await this.#list({ 'name.exact': hostname }, signal);
    return found.filter(({ name }) => name === hostname);
  }

  async ownRecords(signal: AbortSignal): Promise<ZoneRecord[]> {
    const found = await this.#list({ 'comment.exact': this.#comment }, signal);
    return found.filter(({ isOurs }) => isOurs);
  }

  async change({ deletes, updates, creates }: ZoneChange, signal: AbortSignal): Promise<void> {
    const written = { ttl: RECORD_TTL_S, proxied: false, comment: this.#comment };
    const body = {
      deletes: deletes.map(id => ({ id })),
      patches: updates.map(record => ({ ...record, ...written })),
      posts: creates.map(record => ({ ...record, ...written })),
    };
    await this.#ask('/batch', { method: 'POST', body: JSON.stringify(body), signal });
  }

  async #list(filter: Record<string, string>, signal: AbortSignal): Promise<ZoneRecord[]> {
    const found: ZoneRecord[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const query = new URLSearchParams({ ...filter, per_page: String(PAGE), page: String(page) });
      const records = recordsSchema.safeParse(await this.#ask(`?${query}`, { method: 'GET', signal }));
      if (!records.success) throw new ZoneFailed('Cloudflare listed what are no records');
      for (const { comment, ...record } of records.data) {
        found.push({ ...record, name: record.name.toLowerCase(), isOurs: comment === this.#comment });
      }
      if (records.data.length < PAGE) return found;
    }
    throw new ZoneFailed('Cloudflare listed more records than a zone can have');
  }

  async #ask(path: string, init: RequestInit): Promise<unknown> {
    const { response, text } = await this.#send(path, init);
    const answer = answerSchema.safeParse(parseJson(text));
    if (response.ok && answer.success && answer.data.success) return answer.data.result;
    const said = answer.success
      ? answer.data.errors.map(({ code, message }) => `${message} (${code})`).join('; ')
      : 'no JSON of its API';
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new ZoneFailed(`Cloudflare answered ${response.status}: ${said}`.slice(0, ERROR_MAX_CHARS), {
      ...(seconds > 0 ? { retryAfterS: Math.min(seconds, RETRY_AFTER_MAX_S) } : {}),
    });
  }

  async #send(path: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    try {
      const response = await this.#fetch(`${this.#records}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        redirect: 'manual',
      });
      return { response, text: await response.text() };
    } catch (cause) {
      throw new ZoneFailed('Cloudflare did not answer', { cause });
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
