import { expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { OWN_ENVIRONMENTS } from '#deploy/testing/environments.ts';
import { settingsSchema } from '#edge/env.ts';
import { DECLARED } from '#secrets/declared.ts';

const settings = Object.keys(settingsSchema.shape);
const secrets = Object.keys(DECLARED.worker);

it("names settings of the Worker, and every one that sounds like a secret's", () => {
  expect(secrets.filter(name => !settings.includes(name))).toEqual([]);
  const sounds = /SECRET|TOKEN|PASSWORD|JWKS|_KEY$|_KEY_|DATABASE_URL/;
  expect(settings.filter(name => sounds.test(name) && !secrets.includes(name))).toEqual([]);
});

it('leaves every other setting to the environments, which have no secret and no setting that nobody knows', () => {
  for (const name of ['local', 'staging', 'production'] as const) {
    const vars = Object.keys(loadEnvironment(name, OWN_ENVIRONMENTS).worker.vars);
    expect(vars.filter(setting => secrets.includes(setting) || !settings.includes(setting))).toEqual([]);
  }
});
