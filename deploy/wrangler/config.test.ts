import { describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { OWN_ENVIRONMENTS } from '#deploy/testing/environments.ts';
import { baseConfig, wranglerConfig } from './config.ts';

describe("wrangler's configuration of an environment", () => {
  it('has its own name, route, account, variables and queues; the rest is wrangler.toml', () => {
    const environment = loadEnvironment('staging');
    const config = wranglerConfig(environment);
    expect(config.name).toBe('nearcade-staging');
    expect(config).toMatchObject({
      account_id: environment.cloudflare.accountId,
      routes: [{ pattern: 'staging.players.test/*', zone_name: 'players.test' }],
      vars: {
        PUBLIC_URL: 'https://staging.players.test',
        NODE_DOMAIN: 'nodes.staging.players.test',
        ...environment.worker.vars,
      },
      queues: {
        producers: [{ binding: 'EVENTS', queue: 'nearcade-staging-events' }],
        consumers: [
          { queue: 'nearcade-staging-events', dead_letter_queue: 'nearcade-staging-events-dead' },
          { queue: 'nearcade-staging-events-dead' },
        ],
      },
    });
    const base = baseConfig();
    expect(config.migrations).toEqual(base.migrations);
    expect(config.triggers).toEqual(base.triggers);
    expect(config.vars).toMatchObject({ SIGN_IN_LIMIT_PER_ACCOUNT: base.vars.SIGN_IN_LIMIT_PER_ACCOUNT });
  });

  it('two environments share no name, queue or address', () => {
    const [a, b] = (['staging', 'production'] as const).map(name =>
      wranglerConfig(loadEnvironment(name, OWN_ENVIRONMENTS)),
    );
    expect(a?.name).not.toBe(b?.name);
    expect(a?.queues.producers[0]?.queue).not.toBe(b?.queues.producers[0]?.queue);
    expect(a?.routes).not.toEqual(b?.routes);
    expect(a?.vars.PUBLIC_URL).not.toBe(b?.vars.PUBLIC_URL);
  });

  it("on one's own machine names no account and no route", () => {
    const config = wranglerConfig(loadEnvironment('local'));
    expect(config).not.toHaveProperty('account_id');
    expect(config).not.toHaveProperty('routes');
    expect(config.queues).toEqual(baseConfig().queues);
  });

  it('says nowhere else what differs: no setting is both in wrangler.toml and in every environment', () => {
    const inBase = Object.keys(baseConfig().vars);
    for (const name of inBase) {
      const everywhere = (['local', 'staging', 'production'] as const).every(
        environment => name in loadEnvironment(environment, OWN_ENVIRONMENTS).worker.vars,
      );
      expect(everywhere, name).toBe(false);
    }
  });
});
