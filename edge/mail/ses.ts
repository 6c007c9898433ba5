import { AwsClient } from 'aws4fetch';
import type { Settings } from '#edge/env.ts';
import { type Mail, type Mailer, MailRefused } from './mailer.ts';

/** How long SES may take: it usually answers within a second. */
const TIMEOUT_MS = 10_000;

/** Of an answer that was no success, at most this much is kept for people to read. */
const ERROR_MAX_CHARS = 300;

type SesSettings = Pick<Settings, 'MAIL_FROM' | 'SES_REGION' | 'SES_ACCESS_KEY_ID' | 'SES_SECRET_ACCESS_KEY'>;

/** Amazon SES, API v2: SendEmail (docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html). */
export class SesMailer implements Mailer {
  readonly #client: AwsClient;
  readonly #url: string;
  readonly #from: string;
  readonly #fetch: typeof fetch;

  /** With settings as `parseSettings` lets them through. */
  constructor(settings: SesSettings, fetcher: typeof fetch) {
    const region = settings.SES_REGION ?? '';
    this.#client = new AwsClient({
      accessKeyId: settings.SES_ACCESS_KEY_ID ?? '',
      secretAccessKey: settings.SES_SECRET_ACCESS_KEY ?? '',
      region,
      service: 'ses',
    });
    this.#url = `https://email.${region}.amazonaws.com/v2/email/outbound-emails`;
    this.#from = settings.MAIL_FROM ?? '';
    // Called without `this`: workerd's own fetch refuses any other.
    this.#fetch = (input, init) => fetcher(input, init);
  }

  async send({ recipient, subject, text }: Mail): Promise<'handed_over'> {
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });
    const signed = await this.#client.sign(this.#url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        FromEmailAddress: this.#from,
        Destination: { ToAddresses: [recipient] },
        Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text) } } },
      }),
    });
    const answer = await this.#fetch(signed, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const said = (await answer.text()).slice(0, ERROR_MAX_CHARS);
    if (answer.ok) return 'handed_over';
    const problem = `SES answered ${answer.status}: ${said}`;
    // 400: this mail is wrong or refused. All else is about us or about now, and may be put right: keys, quota, an outage.
    throw answer.status === 400 ? new MailRefused(problem) : new Error(problem);
  }
}
