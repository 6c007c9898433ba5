import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudEnvironment, loadEnvironment } from '#deploy/environment.ts';
import { type NeonApi, startNeonApi } from '#deploy/testing/neon-api.ts';
import { AwsStore } from '#secrets/aws-store.ts';
import { branchCommand, type DatabaseContext, restoreAtNeon } from './commands.ts';

const NOW = new Date('2026-11-21T20:00:00Z');

let neon: NeonApi;
let told: string[];
beforeEach(async () => {
  neon = await startNeonApi('db.test', 'new password');
  told = [];
});
afterEach(() => neon.close());

const environment: CloudEnvironment = loadEnvironment('staging');
const context = (env: Record<string, string> = {}): DatabaseContext => ({
  environment,
  store: new AwsStore({ prefix: 'nearcade/staging/', region: 'eu-central-1' }),
  env: { ...neon.env, ...env },
  print: line => told.push(line),
  sleep: async () => {},
  now: () => NOW,
  signal: new AbortController().signal,
});
const branch = (name: string) => neon.branches.find(one => one.name === name);

describe('at Neon', () => {
  it('a restore brings the live branch back to a moment and keeps what was there, which can be brought back too', async () => {
    const at = new Date('2026-11-21T19:55:00Z');
    await restoreAtNeon(context(), { at });
    expect(branch('live')?.state).toEqual({ of: 'br-live', at: at.toISOString() });
    const kept = 'before-restore-2026-11-21t20-00-00';
    expect(branch(kept)?.state).toEqual({ of: 'live', at: 'now' });
    expect(told.at(-1)).toContain(kept);
    neon.branches.push({ id: 'br-other', name: 'other', state: { of: 'other', at: 'now' } });
    await restoreAtNeon({ ...context(), now: () => new Date(NOW.getTime() + 1000) }, { branch: kept });
    expect(branch('live')?.state).toEqual({ of: 'live', at: 'now' });
  });

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

  it('a restore that Neon does not finish is told', async () => {
    neon.nextOperation = 'failed';
    const restored = restoreAtNeon(context(), { at: new Date('2026-11-21T19:55:00Z') });
    await expect(restored).rejects.toMatchObject({
      code: 'service_failed',
      message: expect.stringContaining('failed'),
    });
  });

  it('a branch is made of a moment and removed again; the live one is not', async () => {
    const at = new Date('2026-11-21T19:55:00Z');
    await branchCommand(context(), { name: 'try', at, isDeleted: false });
    expect(branch('try')?.state).toEqual({ of: 'br-live', at: at.toISOString() });
    expect(told.at(-1)).toContain('try.test');
    await branchCommand(context(), { name: 'try', at: undefined, isDeleted: true });
    expect(branch('try')).toBeUndefined();
    const live = branchCommand(context(), { name: 'live', at: undefined, isDeleted: true });
    await expect(live).rejects.toMatchObject({ code: 'invalid_request' });
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
