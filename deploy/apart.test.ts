import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { clashes, clashesWithOther, overlap } from './apart.ts';
import { type CloudEnvironment, loadEnvironment } from './environment.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearcade-environments-'));
afterAll(() => rmSync(folder, { recursive: true }));

const staging = loadEnvironment('staging');
const production = loadEnvironment('production');
const withVars = (e: CloudEnvironment, vars: Record<string, string>): CloudEnvironment => ({
  ...e,
  worker: { ...e.worker, vars: { ...e.worker.vars, ...vars } },
});

describe('two environments', () => {
  it('are apart as they come', () => {
    expect(clashes(staging, production)).toEqual([]);
  });

  it.each<[string, CloudEnvironment, RegExp]>([
    [
      'a page',
      { ...production, publicUrl: staging.publicUrl },
      /^publicUrl of staging and publicUrl of production are both staging\./,
    ],
    [
      "nodes' names",
      { ...production, node: { ...production.node, domain: staging.node.domain } },
      /^node\.domain/,
    ],
    [
      "a page that is the other's nodes",
      { ...production, publicUrl: `https://${staging.node.domain}` },
      /^node\.domain of staging and publicUrl of production/,
    ],
    [
      "mails' domain",
      withVars(production, { MAIL_FROM: staging.worker.vars.MAIL_FROM ?? '' }),
      /^the domain of MAIL_FROM/,
    ],
    [
      'a Worker',
      { ...production, worker: { ...production.worker, name: staging.worker.name } },
      /^worker\.name/,
    ],
    [
      'saves',
      withVars(production, { SAVES_S3_BUCKET: staging.worker.vars.SAVES_S3_BUCKET ?? '' }),
      /^SAVES_S3_BUCKET/,
    ],
    [
      'addresses',
      {
        ...production,
        regions: {
          'eu-west-1': { cidr: '10.10.128.0/20', instanceTypes: ['c7i.xlarge'], minNodes: 0, maxNodes: 1 },
        },
      },
      /^the addresses of staging's eu-central-1 and production's eu-west-1 overlap: 10\.10\.0\.0\/16, 10\.10\.128\.0\/20$/,
    ],
  ])('that share %s are told of', (_, other, message) => {
    expect(clashes(staging, other)).toEqual([expect.stringMatching(message)]);
  });

  it('may share names of Workers, buckets and addresses in accounts of their own', () => {
    const elsewhere = { ...production, regions: staging.regions };
    elsewhere.worker = { ...production.worker, name: staging.worker.name };
    elsewhere.cloudflare = { ...production.cloudflare, accountId: 'a'.repeat(32) };
    elsewhere.aws = { ...production.aws, accountId: '210987654321' };
    expect(clashes(staging, elsewhere)).toEqual([]);
  });

  it('are not compared where one was not filled in or is not there', () => {
    const same = { ...production, publicUrl: staging.publicUrl };
    const examples = { ...same, alarmEmail: 'operations@example.org' };
    expect(clashesWithOther(staging, folder)).toEqual([]);
    writeFileSync(join(folder, 'production.json'), JSON.stringify(examples));
    expect(clashesWithOther(staging, folder)).toEqual([]);
    writeFileSync(join(folder, 'production.json'), JSON.stringify(same));
    expect(clashesWithOther(staging, folder)).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'none', /production\.json cannot be read as JSON/],
    ['none', '{}', /./],
    ['mistyped', JSON.stringify({ ...production, publicUrl: 'play' }), /publicUrl/],
  ])('are not taken for apart where the other is %s', (_, text, message) => {
    writeFileSync(join(folder, 'production.json'), text);
    expect(() => clashesWithOther(staging, folder)).toThrow(message);
  });
});

it.each([
  ['10.10.0.0/16', '10.11.0.0/16', false],
  ['10.10.0.0/16', '10.10.240.0/20', true],
  ['10.10.16.0/20', '10.10.0.0/20', false],
  ['10.10.255.0/16', '10.10.0.0/20', true],
])('%s and %s overlap: %s', (a, b, expected) => {
  expect([overlap(a, b), overlap(b, a)]).toEqual([expected, expected]);
});
