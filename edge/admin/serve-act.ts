import type { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from 'zod';
import type { AppEnv } from '#edge/http/context.ts';
import { type Incoming, serve } from '#edge/http/serve.ts';
import type { actBodySchema, adminActs, auditEntrySchema } from '#shared/api/admin.ts';
import type { EndpointSpec, HandlerOutput } from '#shared/api/endpoint.ts';
import type { Permission } from '#shared/roles.ts';
import { type Act, type Actor, audited } from './audit.ts';
import { readEntry } from './audit-list.ts';

/** An endpoint that is an act: its body says why, its answer is the entry in the audit log. */
type ActSpec = EndpointSpec &
  Omit<typeof adminActs, 'tag' | 'access'> & {
    access: Permission;
    body: z.ZodType<z.output<typeof actBodySchema>>;
    response: typeof auditEntrySchema;
  };

/** Serves an act: `actOf` says what the request does, and it is done by way of the audit log. */
export function serveAct<S extends ActSpec>(
  app: OpenAPIHono<AppEnv>,
  spec: S,
  actOf: (request: Incoming<S>) => Act<null>,
): void {
  serve(app, spec, async request => {
    const actor = actorOf(request as Incoming<S> & AnyAct);
    const { entryId } = await audited(request.services, actor, actOf(request));
    return (await readEntry(request.services.db, entryId)) as HandlerOutput<S>;
  });
}

type AnyAct = Pick<Incoming<ActSpec>, 'c' | 'player' | 'idempotency'> & { body: unknown };

/** Who acts, from a request whose body has the reason. */
export function actorOf({ c, player, body, idempotency }: AnyAct): Actor {
  const { reason } = body as z.output<typeof actBodySchema>;
  return { userId: player.sub, requestId: c.get('requestId'), reason, idempotency };
}
