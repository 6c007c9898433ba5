import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { adminNumbersApi } from '#shared/api/admin-numbers.ts';
import { activeNumbers, registrationNumbers, retentionNumbers } from './players.ts';
import { daysOf, rangeOf } from './range.ts';
import { failureNumbers, numbersNow, sampledNumbers, spentNumbers, waitNumbers } from './sessions.ts';

/** /v1/admin/numbers */
export function serveNumbers(app: OpenAPIHono<AppEnv>): void {
  serve(app, adminNumbersApi.now, async ({ services }) => numbersNow(services));

  serve(app, adminNumbersApi.registrations, async ({ services, query }) =>
    registrationNumbers(services.db, rangeOf(query, services.now())),
  );

  serve(app, adminNumbersApi.active, async ({ services, query }) =>
    activeNumbers(services.db, rangeOf(query, services.now()), query),
  );

  serve(app, adminNumbersApi.online, async ({ services, query }) =>
    sampledNumbers(services.db, rangeOf(query, services.now()), query),
  );

  serve(app, adminNumbersApi.retention, async ({ services, query }) => {
    const days = daysOf(query, services.now());
    return retentionNumbers(services.db, days, query.guests === 'true', query);
  });

  serve(app, adminNumbersApi.spent, async ({ services, query }) =>
    spentNumbers(services.db, rangeOf(query, services.now()), query),
  );

  serve(app, adminNumbersApi.failures, async ({ services, query }) =>
    failureNumbers(services.db, rangeOf(query, services.now()), query),
  );

  serve(app, adminNumbersApi.waits, async ({ services, query }) =>
    waitNumbers(services.db, rangeOf({ ...query, granularity: 'day' }, services.now()), query),
  );
}
