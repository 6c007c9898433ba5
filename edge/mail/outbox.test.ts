import { AwsClient } from 'aws4fetch';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { createApp } from '#edge/app.ts';
import type { Bindings } from '#edge/bindings.ts';
import { parseSettings } from '#edge/env.ts';
import { bindings, call, ORIGIN, registerPlayer, services, unique } from '#edge/testing/platform.ts';
import { type Mail, type Mailer, MailRefused, openMailer } from './mailer.ts';
import { insertMail, sendDueMails } from './outbox.ts';

const SES = {
  ...bindings,
  MAIL_ADAPTER: 'ses',
  MAIL_FROM: 'Nearcade <play@nearcade.test>',
  SES_REGION: 'eu-central-1',
  SES_ACCESS_KEY_ID: 'AKIATEST',
  SES_SECRET_ACCESS_KEY: 'secret',
};

const to = (subject: string) => ({ recipient: `${subject}@nearcade.test` });

/** Puts a mail into the outbox; its subject is unique, and so is its recipient. */
async function enqueue(usefulSeconds = 3600): Promise<string> {
  const { db } = await services();
  const subject = unique('subject');
  const rows = sql`(select null::uuid as user_id, ${to(subject).recipient}::text as email) as rows`;
  await db.execute(insertMail(rows, { subject, text: `text of ${subject}` }, usefulSeconds));
  return subject;
}

async function stateOf(subject: string) {
  const { db } = await services();
  const { rows } = await db.execute<Record<string, unknown>>(sql`
    select attempts, text, last_error, sent_at is not null as sent, failed_at is not null as failed,
      extract(epoch from next_try_at - now())::int as wait
    from mails where subject = ${subject}`);
  return rows[0];
}

async function makeDue(subject: string): Promise<void> {
  const { db } = await services();
  await db.execute(
    sql`update mails set next_try_at = now() where subject = ${subject} and next_try_at is not null`,
  );
}

/** A mailer that fails as told. */
function mailerThat(fails: () => unknown): Mailer & { taken: Mail[] } {
  const taken: Mail[] = [];
  return {
    taken,
    async send(mail) {
      const failure = fails();
      if (failure !== undefined) throw failure;
      taken.push(mail);
      return 'handed_over';
    },
  };
}

describe('the outbox', () => {
  it('sends a mail once, whoever tries at the same time, and forgets its text', async () => {
    const real = await services();
    const subject = await enqueue();
    const mailer = mailerThat(() => undefined);
    await Promise.all([1, 2, 3, 4].map(() => sendDueMails(real, { to: to(subject), mailer })));
    await sendDueMails(real, { to: to(subject), mailer });
    expect(mailer.taken).toEqual([
      expect.objectContaining({ recipient: `${subject}@nearcade.test`, text: `text of ${subject}` }),
    ]);
    expect(await stateOf(subject)).toMatchObject({ sent: true, failed: false, text: null, wait: null });
  });

  it('tries again later and later while the service fails, then gives up visibly', async () => {
    const real = await services();
    const subject = await enqueue();
    const mailer = mailerThat(() => new Error('the service is down'));
    const waits: unknown[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      await sendDueMails(real, { to: to(subject), mailer });
      waits.push((await stateOf(subject))?.wait);
      await makeDue(subject);
    }
    expect(waits.map(wait => Math.round(Number(wait) / 60))).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    await sendDueMails(real, { to: to(subject), mailer });
    expect(await stateOf(subject)).toMatchObject({
      attempts: 10,
      sent: false,
      failed: true,
      wait: null,
      text: `text of ${subject}`,
      last_error: 'the service is down',
    });
  });

  it('sends what failed before when the service is back', async () => {
    const real = await services();
    const subject = await enqueue();
    let down = true;
    const mailer = mailerThat(() => (down ? new Error('down') : undefined));
    await sendDueMails(real, { to: to(subject), mailer });
    await sendDueMails(real, { to: to(subject), mailer });
    expect(await stateOf(subject)).toMatchObject({ attempts: 1, sent: false, last_error: 'down' });
    down = false;
    await makeDue(subject);
    await sendDueMails(real, { to: to(subject), mailer });
    expect(await stateOf(subject)).toMatchObject({ attempts: 2, sent: true, last_error: null });
  });

  it('gives up at once what the service refuses, and what is too late', async () => {
    const real = await services();
    const [refused, late] = [await enqueue(), await enqueue(0)];
    const mailer = mailerThat(() => new MailRefused('no such domain'));
    for (const subject of [refused, late]) await sendDueMails(real, { to: to(subject), mailer });
    expect(await stateOf(refused)).toMatchObject({ attempts: 1, failed: true, last_error: 'no such domain' });
    expect(await stateOf(late)).toMatchObject({ failed: true, text: null });
  });

  it('is written with the account, or neither is', async () => {
    const email = `${unique('half')}@nearcade.test`;
    const register = () =>
      call('POST', '/v1/accounts/register', {
        body: { email, password: 'correct horse battery', displayName: 'Half' },
      });
    expect([(await register()).status, (await register()).status]).toEqual([201, 409]);
    const { db } = await services();
    const { rows } = await db.execute(sql`select 1 from mails where recipient = ${email}`);
    expect(rows).toHaveLength(1);
  });
});

describe('the outbox page', () => {
  it('shows mails with their links, and nothing of them as markup', async () => {
    const { user } = await registerPlayer('Eve');
    const { db } = await services();
    const rows = sql`(select null::uuid as user_id, 'x@nearcade.test' as email) as rows`;
    await db.execute(insertMail(rows, { subject: '<script>', text: 'see http://nearcade.test/"><b>x' }, 60));
    const response = await call('GET', '/outbox');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain(user.email);
    expect(page).toMatch(/<a href="http:\/\/nearcade\.test\/verify\?token=[\w-]{43}">/);
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain('<script>');
    expect(page).not.toContain('<b>x');
  });

  it('is not there where mails are really sent', async () => {
    const app = createApp();
    for (const path of ['/outbox', '/v1/outbox']) expect((await app.request(path, {}, SES)).status).toBe(404);
  });
});

describe('the mail settings', () => {
  it('are complete for SES, and never keep mails open to all on a public platform', () => {
    for (const name of ['MAIL_FROM', 'SES_REGION', 'SES_ACCESS_KEY_ID', 'SES_SECRET_ACCESS_KEY']) {
      expect(() => parseSettings({ ...SES, [name]: undefined } as Bindings)).toThrow(name);
    }
    const publicly = { PUBLIC_URL: 'https://play.example.org/', PAYMENTS: 'off' };
    expect(() => parseSettings({ ...bindings, ...publicly } as Bindings)).toThrow('MAIL_ADAPTER');
    expect(parseSettings({ ...SES, ...publicly } as Bindings).PUBLIC_URL).toBe('https://play.example.org');
  });
});

describe('Amazon SES', () => {
  const mail = { recipient: 'ada@nearcade.test', subject: 'Grüße', text: 'Zeile 1\nZeile 2' };

  async function send(answer: () => Response | Promise<Response>): Promise<Request[]> {
    const requests: Request[] = [];
    const fetcher = async (input: RequestInfo | URL, init?: RequestInit) => {
      requests.push(new Request(input as Request, init as RequestInit));
      return answer();
    };
    await openMailer(parseSettings(SES as Bindings), fetcher as typeof fetch).send(mail);
    return requests;
  }

  it('gets the mail, signed with our key', async () => {
    const [request] = await send(() => Response.json({ MessageId: '1' }));
    expect(request?.url).toBe('https://email.eu-central-1.amazonaws.com/v2/email/outbound-emails');
    const body = (await request?.clone().json()) as Record<string, unknown>;
    expect(body).toEqual({
      FromEmailAddress: 'Nearcade <play@nearcade.test>',
      Destination: { ToAddresses: ['ada@nearcade.test'] },
      Content: {
        Simple: {
          Subject: { Data: 'Grüße', Charset: 'UTF-8' },
          Body: { Text: { Data: 'Zeile 1\nZeile 2', Charset: 'UTF-8' } },
        },
      },
    });
    const authorization = request?.headers.get('authorization') ?? '';
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-central-1\/ses\/aws4_request/,
    );
    // The same request at the same time, signed by a key that differs, has another signature.
    const other = new AwsClient({
      accessKeyId: 'AKIATEST',
      secretAccessKey: 'another',
      region: 'eu-central-1',
      service: 'ses',
    });
    const again = await other.sign(request?.url ?? '', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Amz-Date': request?.headers.get('x-amz-date') ?? '' },
      body: JSON.stringify(body),
    });
    expect(again.headers.get('authorization')).not.toBe(authorization);
  });

  it('refuses a mail for good with 400; all else may pass', async () => {
    await expect(
      send(() => Response.json({ message: 'Address is on the suppression list' }, { status: 400 })),
    ).rejects.toThrow(MailRefused);
    for (const status of [403, 429, 500, 503]) {
      const failure = send(() => new Response('busy', { status }));
      await expect(failure).rejects.toThrow(`SES answered ${status}: busy`);
      await expect(failure).rejects.not.toThrow(MailRefused);
    }
    await expect(send(() => Promise.reject(new TypeError('Network connection lost')))).rejects.toThrow(
      'lost',
    );
  });
});

it('a mail link leads to the platform, not to the host that a request names', async () => {
  const email = `${unique('host')}@nearcade.test`;
  const app = createApp();
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
  const request = new Request('http://evil.test/v1/accounts/register', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: 'correct horse battery', displayName: 'Ada' }),
  });
  expect((await app.fetch(request, bindings, context)).status).toBe(201);
  const { db } = await services();
  const { rows } = await db.execute<{ text: string }>(sql`select text from mails where recipient = ${email}`);
  expect(rows[0]?.text).toContain(`${ORIGIN}/verify?token=`);
  expect(rows[0]?.text).not.toContain('evil.test');
});
