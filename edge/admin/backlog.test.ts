import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepDeadLetters } from '#edge/history/dead-letters.ts';
import { MailRefused } from '#edge/mail/mailer.ts';
import { deleteOldMails, insertMail, sendDueMails } from '#edge/mail/outbox.ts';
import { auditOf, newReason } from '#edge/testing/admin.ts';
import { api, newStaff, services, type TestPlayer, unique } from '#edge/testing/platform.ts';
import { adminBacklogApi } from '#shared/api/admin-backlog.ts';

let operator: TestPlayer;
let other: TestPlayer;
beforeAll(async () => {
  [operator, other] = [await newStaff('operator'), await newStaff('operator')];
});
const why = () => ({ reason: newReason() });

describe('dead letters', () => {
  async function newLetter() {
    const letterId = unique('letter');
    const body = { nodeId: 'gone', event: { wrong: true } };
    const messages = [{ id: letterId, body, ack() {} }];
    await keepDeadLetters(await services(), { queue: 'test', messages } as unknown as MessageBatch);
    return { letterId, body };
  }
  const find = async (letterId: string) =>
    (await api(adminBacklogApi.deadLetters, { query: { limit: 200 } }, operator)).items.find(
      ({ id }) => id === letterId,
    );

  it('are listed, and replayed once, also by two operators at once', async () => {
    const { letterId, body } = await newLetter();
    expect(await find(letterId)).toMatchObject({ body, replayedAt: null });
    const params = { letterId };
    const replays = await Promise.allSettled(
      [operator, other].map(by => api(adminBacklogApi.replay, { params, body: why() }, by)),
    );
    expect(replays.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect((await find(letterId))?.replayedAt).not.toBeNull();
    const outcomes = (await auditOf(operator, letterId)).map(({ outcome }) => outcome);
    expect(outcomes.toSorted()).toEqual(['done', 'failed']);
  });

  it('are thrown away once; the log keeps what they said', async () => {
    const { letterId, body } = await newLetter();
    const input = { params: { letterId }, body: why() };
    expect(await api(adminBacklogApi.discard, input, operator)).toMatchObject({
      act: 'dead_letter.discard',
      target: { kind: 'dead_letter', id: letterId },
      before: { id: letterId, body },
      after: null,
    });
    expect(await find(letterId)).toBeUndefined();
    await expect(api(adminBacklogApi.discard, input, operator)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('mails that were given up', () => {
  /** One that the service has refused. */
  async function givenUp(usefulSeconds = 3600) {
    const real = await services();
    const recipient = `${unique('unsent')}@nearcade.test`;
    const rows = sql`(select null::uuid as user_id, ${recipient}::text as email) as rows`;
    const subject = unique('subject');
    await real.db.execute(insertMail(rows, { subject, text: `text of ${subject}` }, usefulSeconds));
    const mailer = { send: () => Promise.reject(new MailRefused('no such domain')) };
    await sendDueMails(real, { to: { recipient }, mailer });
    const found = await listed(recipient);
    if (found === undefined) throw new Error('it was not given up');
    return found;
  }
  const listed = async (recipient: string) =>
    (await api(adminBacklogApi.unsentMails, { query: { limit: 200 } }, operator)).items.find(
      mail => mail.recipient === recipient,
    );

  it('are listed, and sent when an operator has one tried again, once', async () => {
    const mail = await givenUp();
    expect(mail).toMatchObject({ attempts: 1, error: 'no such domain', sendableUntil: expect.any(String) });
    const input = { params: { mailId: mail.id }, body: why() };
    const tries = await Promise.allSettled(
      [operator, other].map(by => api(adminBacklogApi.requeueMail, input, by)),
    );
    expect(tries.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await listed(mail.recipient)).toBeUndefined();
    const log = await auditOf(operator, mail.id, { outcome: 'done' });
    expect(log).toMatchObject([
      {
        act: 'mail.requeue',
        before: { error: 'no such domain', sentAt: null },
        after: { attempts: 1, error: null, sentAt: expect.any(String) },
      },
    ]);
    expect(JSON.stringify(log)).not.toContain('text of');
  });

  it('are tried again all at once, but not those whose link has run out: their text is gone', async () => {
    const [good, late] = [await givenUp(), await givenUp()];
    const { db } = await services();
    await db.execute(sql`update mails set expires_at = now() where id = ${late.id}::uuid`);
    await deleteOldMails(db);
    const { rows } = await db.execute(sql`select text from mails where id = ${late.id}::uuid`);
    expect(rows).toEqual([{ text: null }]);
    const entry = await api(adminBacklogApi.requeueMails, { body: why() }, operator);
    expect(entry).toMatchObject({ act: 'mail.requeue_all', target: { kind: 'mail', id: 'all' } });
    expect(Number(entry.after?.requeued)).toBeGreaterThan(0);
    await expect.poll(() => listed(good.recipient)).toBeUndefined();
    expect(await listed(late.recipient)).toMatchObject({ sendableUntil: null });
    const input = { params: { mailId: late.id }, body: why() };
    await expect(api(adminBacklogApi.requeueMail, input, operator)).rejects.toMatchObject({
      code: 'mail_over',
    });
  });
});
