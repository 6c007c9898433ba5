import type { OpenAPIHono } from '@hono/zod-openapi';
import {
  discardDeadLetter,
  listDeadLetters,
  readDeadLetter,
  replayDeadLetter,
} from '#edge/history/dead-letters.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { sendDueMails } from '#edge/mail/outbox.ts';
import { listUnsentMails, requeueMail, requeueMails, stateOfMail } from '#edge/mail/unsent.ts';
import { adminBacklogApi } from '#shared/api/admin-backlog.ts';
import { serveAct } from './serve-act.ts';

/** What was given up: looked at, tried again or thrown away. */
export function serveBacklog(app: OpenAPIHono<AppEnv>): void {
  serve(app, adminBacklogApi.deadLetters, async ({ services, query }) => listDeadLetters(services.db, query));
  serve(app, adminBacklogApi.unsentMails, async ({ services, query }) => listUnsentMails(services.db, query));

  serveAct(app, adminBacklogApi.replay, ({ services, params: { letterId } }) => ({
    act: 'dead_letter.replay',
    target: { kind: 'dead_letter', id: letterId },
    async look() {
      const { replayedAt } = await readDeadLetter(services.db, letterId);
      return { replayedAt };
    },
    async run() {
      await replayDeadLetter(services, letterId);
      return { answer: null };
    },
  }));

  serveAct(app, adminBacklogApi.discard, ({ services, params: { letterId } }) => ({
    act: 'dead_letter.discard',
    target: { kind: 'dead_letter', id: letterId },
    run: async () => ({ answer: null, before: { ...(await discardDeadLetter(services.db, letterId)) } }),
  }));

  serveAct(app, adminBacklogApi.requeueMail, ({ services, params: { mailId } }) => ({
    act: 'mail.requeue',
    target: { kind: 'mail', id: mailId },
    look: () => stateOfMail(services.db, mailId),
    async run() {
      const recipient = await requeueMail(services.db, mailId);
      // At once, so that the entry says what came of it.
      await sendDueMails(services, { to: { recipient } });
      return { answer: null };
    },
  }));

  serveAct(app, adminBacklogApi.requeueMails, ({ c, services }) => ({
    act: 'mail.requeue_all',
    target: { kind: 'mail', id: 'all' },
    async run() {
      const requeued = await requeueMails(services.db);
      c.executionCtx.waitUntil(sendDueMails(services));
      return { answer: null, after: { requeued } };
    },
  }));
}
