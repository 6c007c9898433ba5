import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MACHINE_SLOTS_MAX } from '#shared/limits.ts';
import { type CloudEnvironment, ENVIRONMENT_NAMES, loadEnvironment } from './environment.ts';
import { OWN_ENVIRONMENTS } from './testing/environments.ts';

const folder = mkdtempSync(join(tmpdir(), 'nearcade-environments-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The staging environment with a change, in a folder of its own. */
function changed(change: (environment: CloudEnvironment) => object): () => unknown {
  writeFileSync(join(folder, 'staging.json'), JSON.stringify(change(loadEnvironment('staging'))));
  return () => loadEnvironment('staging', folder);
}

const mailsFrom = (MAIL_FROM: string) => (e: CloudEnvironment) => ({
  ...e,
  worker: { ...e.worker, vars: { ...e.worker.vars, MAIL_FROM } },
});
const network = (cidr: string) => (e: CloudEnvironment) => ({
  ...e,
  regions: Object.fromEntries(Object.entries(e.regions).map(([name, region]) => [name, { ...region, cidr }])),
});

const ISSUER = 'https://issuer.test/directory';
const withAcme = (acme: object) => (e: CloudEnvironment) => ({ ...e, node: { ...e.node, ...acme } });

describe('environments', () => {
  it.each(ENVIRONMENT_NAMES)('%s can be read and is what it says', name => {
    expect(loadEnvironment(name, OWN_ENVIRONMENTS).name).toBe(name);
  });

  it('names each wrong field', () => {
    const load = changed(e => ({ ...e, node: { ...e.node, slots: 0 } }));
    expect(load).toThrow(/slots/);
  });

  it.each<[string, (environment: CloudEnvironment) => object, RegExp]>([
    ['a page outside of its zone', e => ({ ...e, publicUrl: 'https://elsewhere.test' }), /publicUrl.*zone/],
    [
      'a page that is two labels below its zone',
      e => ({ ...e, publicUrl: `https://play.staging.${e.cloudflare.zone}` }),
      /publicUrl.*certificate/,
    ],
    [
      'nodes outside of its zone',
      e => ({ ...e, node: { ...e.node, domain: 'nodes.elsewhere.test' } }),
      /domain.*zone/,
    ],
    [
      'more slots than a machine has accounts for',
      e => ({ ...e, node: { ...e.node, slots: MACHINE_SLOTS_MAX + 1 } }),
      /slots/,
    ],
    ['mails from a bare address', mailsFrom('play@example.org'), /MAIL_FROM.*Name <address>/],
    ['mails from another zone', mailsFrom('Nearcade <play@elsewhere.test>'), /MAIL_FROM.*zone/],
    ['a network that no VPC can be', network('10.10.0.0/15'), /cidr.*\/16 to \/20/],
    ['a network that is too small for its nodes', network('10.10.0.0/21'), /cidr.*\/16 to \/20/],
    [
      "an organization of Neon's that is a name",
      e => ({ ...e, neon: { ...e.neon, orgId: 'Our company' } }),
      /orgId/,
    ],
    [
      "an issuer of nodes' certificates whose name in CAA records is not said",
      withAcme({ acmeDirectory: ISSUER }),
      /node\.acme.*have to be named/,
    ],
    [
      "Let's Encrypt where nobody else may issue",
      withAcme({ acme: { issuers: ['issuer.test'] } }),
      /node\.acme\.issuers.*letsencrypt\.org/,
    ],
    [
      'two issuers that both want the account',
      withAcme({
        acmeDirectory: ISSUER,
        acme: {
          issuers: ['issuer.test'],
          externalAccount: true,
          fallback: { directory: ISSUER, externalAccount: true },
        },
      }),
      /node\.acme: one account/,
    ],
    [
      'an account that is written down',
      withAcme({ acme: { issuers: ['issuer.test'], externalAccount: 'our-account:c2VjcmV0LXNlY3JldC1z' } }),
      /node\.acme\.externalAccount/,
    ],
    ['an environment without regions', e => ({ ...e, regions: {} }), /no region/],
    ['a field that nobody knows', e => ({ ...e, secret: 'x' }), /secret/],
    ['another environment in its file', () => loadEnvironment('production'), /says that it is production/],
  ])('refuses %s', (_, change, message) => {
    expect(changed(change)).toThrow(message);
  });

  it('takes the organization that the project at Neon is in', () => {
    expect(changed(e => ({ ...e, neon: { ...e.neon, orgId: 'org-quiet-sun-12345678' } }))).not.toThrow();
  });

  it("takes another issuer of nodes' certificates, and a second one with an account", () => {
    const acme = { issuers: ['issuer.test'], fallback: { directory: ISSUER, externalAccount: true } };
    expect(changed(withAcme({ acmeDirectory: ISSUER, acme }))()).toMatchObject({
      node: { acmeDirectory: ISSUER, acme: { externalAccount: false, ...acme } },
    });
  });

  it('says which file is missing or no JSON', () => {
    writeFileSync(join(folder, 'local.json'), '{');
    expect(() => loadEnvironment('local', folder)).toThrow(/local\.json/);
    expect(() => loadEnvironment('production', folder)).toThrow(/production\.json/);
  });
});
