import { SELF } from 'cloudflare:test';
import { ORIGIN, services } from './platform.ts';

/** What a person is at the provider of local/test/oidc-provider.ts. */
export interface Login {
  id: string;
  /** Undefined: the provider tells none. */
  email?: string | undefined;
  emailVerified?: boolean;
  nickname?: string;
}

/** How long a chain of redirects may get before it is taken for a loop. */
const REDIRECTS_MAX = 20;

/** A browser that goes between the platform and the provider: keeps each one's cookies, follows redirects one by one. */
export class OidcBrowser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** `Cookie` header for an address of the platform, for calls beside the journey. */
  get cookies(): string {
    return this.#cookieHeader(ORIGIN);
  }

  async get(url: string): Promise<Response> {
    return this.#send(url, {});
  }

  /** From the platform to the provider: the address of its page. */
  async start(returnTo = '/'): Promise<string> {
    return locationOf(
      await this.get(`${ORIGIN}/v1/accounts/oidc/start?returnTo=${encodeURIComponent(returnTo)}`),
    );
  }

  /** Signs in and consents on the provider's pages; the address of our callback that it leads to. */
  async signIn(authorizationUrl: string, login: Login): Promise<string> {
    return this.#untilCallback(authorizationUrl, page =>
      page.prompt === 'login'
        ? { url: page.submit, form: { prompt: 'login', login: nameOf(login), password: 'any' } }
        : { url: page.submit, form: { prompt: 'consent' } },
    );
  }

  /** Says no on the provider's page. */
  async cancel(authorizationUrl: string): Promise<string> {
    return this.#untilCallback(authorizationUrl, page => ({ url: page.abort }));
  }

  /** The whole journey; where the callback sends the browser, and what it answers. */
  async journey(login: Login, returnTo?: string): Promise<Response> {
    return this.get(await this.signIn(await this.start(returnTo), login));
  }

  async #untilCallback(
    authorizationUrl: string,
    act: (page: Page) => { url: string; form?: Record<string, string> },
  ): Promise<string> {
    let response = await this.get(authorizationUrl);
    for (let hop = 0; hop < REDIRECTS_MAX; hop++) {
      if (response.status === 200) {
        const { url, form } = act(pageOf(await response.text()));
        response = await this.#send(
          url,
          form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) },
        );
        continue;
      }
      const next = new URL(locationOf(response), authorizationUrl).href;
      if (next.startsWith(ORIGIN)) return next;
      response = await this.get(next);
    }
    throw new Error('the provider redirects in a circle');
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const { origin } = new URL(url);
    const request: RequestInit = {
      ...init,
      redirect: 'manual',
      headers: { Cookie: this.#cookieHeader(origin) },
    };
    const response = await (origin === ORIGIN ? SELF.fetch(url, request) : fetch(url, request));
    this.keep(response, origin);
    return response;
  }

  /** Takes the cookies of an answer of `origin`. */
  keep(response: Response, origin = ORIGIN): void {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    this.#cookies.set(origin, jar);
  }

  #cookieHeader(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

interface Page {
  prompt: string;
  submit: string;
  abort: string;
}

function pageOf(html: string): Page {
  const submit = /<form[^>]* action="([^"]+)"/.exec(html)?.[1];
  const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1];
  if (submit === undefined || prompt === undefined) throw new Error(`no page of the provider: ${html}`);
  return { prompt, submit, abort: `${submit}/abort` };
}

export function locationOf(response: Response): string {
  const location = response.headers.get('location');
  if (location === null) throw new Error(`no redirect: ${response.status}`);
  return location;
}

function nameOf({ id, email, emailVerified = true, nickname }: Login): string {
  const claims = new URLSearchParams({
    ...(email === undefined ? {} : { email, email_verified: String(emailVerified) }),
    ...(nickname === undefined ? {} : { nickname }),
  });
  return `${id}?${claims}`;
}

/** The issuer of the provider that this run started. */
export async function issuer(): Promise<string> {
  return (await services()).settings.OIDC_ISSUER ?? '';
}
