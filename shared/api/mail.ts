import { z } from 'zod';
import { emailSchema } from './accounts.ts';
import { endpoint } from './endpoint.ts';

export const outboxMailSchema = z.object({
  id: z.uuid(),
  recipient: z.string(),
  subject: z.string(),
  text: z.string().nullable(),
  createdAt: z.iso.datetime(),
  sentAt: z.iso.datetime().nullable(),
});
export type OutboxMail = z.infer<typeof outboxMailSchema>;

export const mailApi = {
  outbox: endpoint({
    tag: 'Service',
    method: 'get',
    path: '/v1/outbox',
    summary:
      'The last mails, on a platform that keeps them instead of sending them (MAIL_ADAPTER=outbox); else 404',
    access: 'public',
    query: z.object({ recipient: emailSchema.optional() }),
    response: z.object({ items: z.array(outboxMailSchema) }),
  }),
} as const;
