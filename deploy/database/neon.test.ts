import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { type NeonApi, ORGANIZATION, startNeonApi } from '#deploy/testing/neon-api.ts';
import { AwsStore } from '#secrets/aws-store.ts';
import { branchCommand, psqlCommand } from './commands.ts';
import type { DatabaseContext } from './context.ts';
import { NeonProject } from './neon.ts';
import { restoreAtNeon } from './restore-at-neon.ts';

const NOW = new Date('2026-11-21T20:00:00Z');
const AT = new Date('2026-11-21T19:55:00Z');

let neon: NeonApi;
let told: string[];
let slept: number;
beforeEach(async () => {
  neon = await startNeonApi({});
  told = [];
  slept = 0;
});
afterEach(() => neon.close());

const environment = loadEnvironment('staging');
const context = (env: Record<string, string> = {}): DatabaseContext => ({
  environment,
  store: new AwsStore({ prefix: 'nearcade/staging/', region: 'eu-central-1' }),
  env: { ...neon.env, ...env },
  print: line => told.push(line),
  sleep: async () => {
    slept += 1;
  },
  now: () => NOW,
  signal: new AbortController().signal,
});
const branch = (name: string) => neon.branches.find(one => one.name === name);
const open = () => NeonProject.open({ ...context(), environment: 'staging', orgId: undefined });

describe('at Neon', () => {
  it.each([
    ['2026-11-21T21:00:00Z', /in the future/],
    ['2026-11-20T19:00:00Z', /before what Neon keeps \(24 hours\)/],
  ])('a restore to %s is refused before anything is changed', async (at, message) => {
    const restored = restoreAtNeon(context(), { at: new Date(at) });
    await expect(restored).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(message),
    });
    expect(branch('live')?.state).toEqual({ of: 'live', at: 'now' });
  });

  it('a restore from a branch that is not there is refused, with those that are', async () => {
    await expect(restoreAtNeon(context(), { branch: 'lost' })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('empty, live'),
    });
  });

  it('a restore is waited for, one that Neon does not finish is told', async () => {
    await (await open()).restore({ at: AT }, 'kept');
    expect(branch('live')?.state).toEqual({ of: 'br-live', at: AT.toISOString() });
    expect(branch('kept')?.state).toEqual({ of: 'live', at: 'now' });
    for (const ending of ['cancelled', 'failed']) {
      neon.endings.push(ending);
      await expect((await open()).restore({ at: AT }, ending)).rejects.toMatchObject({
        code: 'service_failed',
        message: expect.stringContaining(`not done, but ${ending}`),
      });
      expect(branch(ending)).toBeUndefined();
    }
  });

  it('what Neon refuses of a protected branch is done without that for a moment; it is protected again also where that fails', async () => {
    await (await open()).restore({ at: AT }, 'kept');
    const project = await open();
    await project.restore({ branch: 'kept' }, 'kept-too');
    expect(branch('live')).toMatchObject({ state: { of: 'live', at: 'now' }, protected: true });
    neon.endings.push('cancelled');
    await expect(project.restore({ branch: 'kept-too' }, 'lost')).rejects.toMatchObject({
      code: 'service_failed',
    });
    expect(branch('live')?.protected).toBe(true);
  });

  it('a change waits while Neon does something else', async () => {
    neon.busyFor = 3;
    await (await open()).createBranch('try', undefined);
    expect(slept).toBeGreaterThanOrEqual(3);
    expect(branch('try')).toBeDefined();
  });

  it('a branch is made of a moment and removed again; the live one is not, nor opened', async () => {
    await branchCommand(context(), { name: 'try', at: AT, isDeleted: false });
    expect(branch('try')?.state).toEqual({ of: 'br-live', at: AT.toISOString() });
    expect(told.at(-1)).toContain('"npm run database -- psql try --env staging"');
    await branchCommand(context(), { name: 'try', at: undefined, isDeleted: true });
    expect(branch('try')).toBeUndefined();
    const live = branchCommand(context(), { name: 'live', at: undefined, isDeleted: true });
    await expect(live).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(psqlCommand(context(), 'live')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it("a person's key wants the organization, which the environment can name", async () => {
    const attempt = (orgId?: string) => {
      const named = {
        ...environment,
        neon: { ...environment.neon, ...(orgId === undefined ? {} : { orgId }) },
      };
      const theirs = { ...context({ NEON_API_KEY: 'personal-key' }), environment: named };
      return branchCommand(theirs, { name: 'try', at: undefined, isDeleted: false });
    };
    await expect(attempt()).rejects.toMatchObject({ message: expect.stringContaining('org_id is required') });
    await expect(attempt('org-other-1')).rejects.toMatchObject({ code: 'not_found' });
    await attempt(ORGANIZATION);
    expect(branch('try')).toBeDefined();
  });

  it('a wrong key, no key and an unknown environment are one sentence each', async () => {
    const attempt = (env: Record<string, string>, name = 'try') =>
      branchCommand(context(env), { name, at: undefined, isDeleted: false });
    await expect(attempt({ NEON_API_KEY: 'wrong' })).rejects.toMatchObject({
      message: expect.stringContaining('401'),
    });
    await expect(attempt({ NEON_API_KEY: '' })).rejects.toMatchObject({ code: 'config_invalid' });
    const other = { ...context(), environment: { ...environment, name: 'production' as const } };
    await expect(branchCommand(other, { name: 'x', at: undefined, isDeleted: false })).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('nearcade-production'),
    });
  });
});
