import type { OpenAPIHono } from '@hono/zod-openapi';
import { html } from 'hono/html';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import type { Services } from '#edge/services.ts';
import { mailApi, type OutboxMail } from '#shared/api/mail.ts';
import { NearcadeError } from '#shared/errors.ts';
import { readOutbox } from './outbox.ts';

/** Only where no mail leaves the machine: anybody may read it. */
export function serveMail(app: OpenAPIHono<AppEnv>): void {
  serve(app, mailApi.outbox, async ({ services, query }) => ({
    items: await outbox(services, query.recipient),
  }));

  app.get('/outbox', async c => {
    const items = await outbox(c.get('services'));
    c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    c.header('Cache-Control', 'no-store');
    return c.html(page(items));
  });
}

/** Throws `not_found` where mails are really sent. */
async function outbox({ db, settings }: Services, recipient?: string): Promise<OutboxMail[]> {
  if (settings.MAIL_ADAPTER !== 'outbox') throw new NearcadeError('not_found');
  const mails = await readOutbox(db, recipient);
  return mails.map(mail => ({
    ...mail,
    createdAt: mail.createdAt.toISOString(),
    sentAt: mail.sentAt?.toISOString() ?? null,
  }));
}

const page = (items: readonly OutboxMail[]) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Outbox</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
  article { border-top: 1px solid #bbb; padding: 1rem 0; }
  h2 { font-size: 1.1rem; margin: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
</style>
<h1>Outbox</h1>
<p>Mails that this platform would have sent, the newest first. Reload for newer ones.</p>
${items.length === 0 ? html`<p>None yet.</p>` : items.map(article)}
</html>`;

const article = ({ recipient, subject, text, createdAt }: OutboxMail) => html`<article>
<h2>${subject}</h2>
<div>To ${recipient}, ${createdAt}</div>
<pre>${withLinks(text ?? '')}</pre>
</article>`;

/** The text with its addresses made into links; every piece is escaped by `html`. */
const withLinks = (text: string) =>
  text
    .split(/(https?:\/\/\S+)/)
    .map((piece, index) => (index % 2 === 1 ? html`<a href="${piece}">${piece}</a>` : html`${piece}`));
