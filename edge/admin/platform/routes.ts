import type { OpenAPIHono } from '@hono/zod-openapi';
import { sql } from 'drizzle-orm';
import type { AppEnv } from '#edge/http/context.ts';
import { describeError, log } from '#edge/http/log.ts';
import { serve } from '#edge/http/serve.ts';
import { announce } from '#edge/live/announce.ts';
import { advanceQueue } from '#edge/play/queue.ts';
import type { Services } from '#edge/services.ts';
import { platforms } from '#edge/store/schema.ts';
import {
  adminPlatformApi,
  type PlatformSettings,
  platformSettingsSchema,
} from '#shared/api/admin-platform.ts';
import { serviceApi } from '#shared/api/service.ts';
import { isOlder, WEB_CLIENT } from '#shared/client-version.ts';
import { wrongField } from '#shared/errors.ts';
import type { LiveEvent } from '#shared/live.ts';
import type { Act } from '../audit.ts';
import { serveAct } from '../serve-act.ts';
import { addRule, listRules, readRule, removeRule } from './rules.ts';
import { changeSettings, readSettings } from './settings.ts';
import { startTurningOut } from './turn-out.ts';

/** What operators set for the whole platform. */
export function servePlatform(app: OpenAPIHono<AppEnv>): void {
  serve(app, serviceApi.status, async ({ services }) => {
    const settings = await services.platform.settings(services);
    return settings ?? { maintenance: false, maintenanceText: null };
  });

  serve(app, adminPlatformApi.settings, async ({ services }) => settingsNow(services));

  serve(app, adminPlatformApi.rules, async ({ services, query }) =>
    listRules(services.db, services.platform.name, query),
  );

  serveAct(app, adminPlatformApi.announce, ({ services, body: { text, level, region } }) => ({
    act: 'platform.announce',
    target: { kind: 'platform', id: services.platform.name },
    async run() {
      const id = await announce(services, { text, level, region });
      return { answer: null, after: { id, text, level, region: region ?? null } };
    },
  }));

  serveAct(app, adminPlatformApi.maintenance, ({ c, services, body: { on, text } }) =>
    onPlatform(
      services,
      'platform.maintenance',
      async () => {
        const words = on ? text : null;
        const changed = await changeSettings(services, sql`maintenance = ${on}, maintenance_text = ${words}`);
        // Who has waited has their turn; cron would give it to them too.
        if (!on) c.executionCtx.waitUntil(advanceQueue(services));
        return changed;
      },
      { type: 'maintenance', on, text: on ? text : null },
    ),
  );

  serveAct(app, adminPlatformApi.minimumVersion, ({ services, body: { client, minimum } }) =>
    onPlatform(
      services,
      'platform.minimum_version',
      async () => {
        if (client === WEB_CLIENT.name && minimum !== null && isOlder(WEB_CLIENT.version, minimum)) {
          const words = `this platform serves the web app ${WEB_CLIENT.version}; nobody could come back`;
          throw wrongField('minimum', words);
        }
        const versions = sql`${platforms}.minimum_versions`;
        return changeSettings(
          services,
          minimum === null
            ? sql`minimum_versions = ${versions} - ${client}::text`
            : sql`minimum_versions = ${versions} || jsonb_build_object(${client}::text, ${minimum}::text)`,
        );
      },
      minimum === null ? undefined : { type: 'update_required', client, minimumVersion: minimum },
    ),
  );

  serveAct(app, adminPlatformApi.allowOnly, ({ services, body: { on } }) =>
    onPlatform(services, 'platform.allow_only', async () => {
      const changed = await changeSettings(services, sql`allow_only = ${on}`);
      if (on) await startTurningOut(services);
      return changed;
    }),
  );

  serveAct(app, adminPlatformApi.addRule, ({ services, body: { list, range, userId, reason } }) => ({
    act: 'access_rule.add',
    target: { kind: 'access_rule', id: range ?? userId ?? '' },
    run: async () => ({
      answer: null,
      after: { ...(await addRule(services, { list, range, userId, reason })) },
    }),
  }));

  serveAct(app, adminPlatformApi.removeRule, ({ services, params: { ruleId } }) => ({
    act: 'access_rule.remove',
    target: { kind: 'access_rule', id: ruleId },
    async run() {
      const before = await readRule(services.db, services.platform.name, ruleId);
      await removeRule(services, ruleId);
      return { answer: null, before: { ...before } };
    },
  }));
}

const settingsNow = async ({ db, platform }: Services) =>
  platformSettingsSchema.parse(await readSettings(db, platform.name));

/** A change of the settings, which players who are connected are told of. */
function onPlatform(
  services: Services,
  act: Act<null>['act'],
  change: () => Promise<{ before: PlatformSettings; after: PlatformSettings }>,
  news?: LiveEvent,
): Act<null> {
  return {
    act,
    target: { kind: 'platform', id: services.platform.name },
    look: async () => ({ ...(await settingsNow(services)) }),
    async run() {
      const { before, after } = await change();
      const told = news === undefined ? {} : { told: await tell(services, news) };
      return { answer: null, before: { ...before }, after: { ...after, ...told } };
    },
  };
}

/** What was set holds, also when not everybody could be told: who was not learns it by being refused. */
async function tell({ live }: Services, news: LiveEvent): Promise<boolean> {
  try {
    await live.broadcast(news);
    return true;
  } catch (error) {
    log('warn', 'players not told', { type: news.type, ...describeError(error) });
    return false;
  }
}
