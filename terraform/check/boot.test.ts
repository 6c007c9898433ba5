import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { NEARCADE_DIR, ROOT } from '#local/paths.ts';
import { bootSchema } from '#media-node/image/boot-config.ts';

const TEMPLATE = join(ROOT, 'media-node', 'image', 'first-boot.sh.tftpl');
const SHA256 = 'a'.repeat(64);
const RELEASE = { url: 'https://releases.test/nearcade-1.2.3+abc.tar.gz', sha256: SHA256 };

mkdirSync(NEARCADE_DIR, { recursive: true });
// A module's source has to be a relative path: this lies within the clone.
const folder = mkdtempSync(join(NEARCADE_DIR, 'terraform-'));
afterAll(() => rmSync(folder, { recursive: true }));

const hasTerraform = spawnSync('terraform', ['version']).error === undefined;

/** node.acme of an environment, beside what is there without it. */
const ACME = {
  'the issuers as they come': undefined,
  'an issuer that wants an account': { issuers: ['issuer.test'], externalAccount: true },
  'a second issuer that wants an account': {
    issuers: ['letsencrypt.org', 'issuer.test'],
    fallback: { directory: 'https://issuer.test/directory', externalAccount: true },
  },
};
type Acme = (typeof ACME)[keyof typeof ACME] & { externalAccount?: boolean; fallback?: object };

/** What the module is given, as a region gives it (terraform/environments/staging/regions.tf). */
function inputs(acme?: Acme) {
  const { name, publicUrl, node, aws } = loadEnvironment('staging');
  return {
    environment: name,
    region: 'eu-central-1',
    auto_scaling_group: 'nearcade-staging-eu-central-1',
    boot_hook: 'nearcade-boot',
    drain_hook: 'nearcade-drain',
    log_group: '/nearcade/staging/eu-central-1',
    node: {
      edge_url: publicUrl,
      domain: node.domain,
      acme_directory: node.acmeDirectory,
      acme_email: node.acmeEmail,
      ...(acme === undefined ? {} : { acme }),
      slots: node.slots,
      drain_seconds: node.drainSeconds,
      secrets_region: aws.secretsRegion,
      release: RELEASE,
    },
  };
}

/** What boot.json has to be, written down a second time. */
function boot(acme?: Acme) {
  const { publicUrl, node, aws } = loadEnvironment('staging');
  return {
    environment: 'staging',
    region: 'eu-central-1',
    edgeUrl: publicUrl,
    domain: node.domain,
    acmeDirectory: node.acmeDirectory,
    acmeEmail: node.acmeEmail,
    acmeExternalAccount: acme === undefined ? null : (acme.externalAccount ?? false),
    acmeFallback: acme?.fallback ?? null,
    secrets: { region: aws.secretsRegion, prefix: 'nearcade/staging/node/' },
    slots: node.slots,
    drainSeconds: node.drainSeconds,
    release: RELEASE,
    autoScalingGroup: 'nearcade-staging-eu-central-1',
    bootHook: 'nearcade-boot',
    lifecycleHook: 'nearcade-drain',
    logGroup: '/nearcade/staging/eu-central-1',
  };
}

/** The template as Terraform fills it in: it has nothing but names in it. */
function filledIn(bootJson: string): string {
  const values: Readonly<Record<string, string>> = {
    boot_json: bootJson,
    release_url: RELEASE.url,
    release_sha256: RELEASE.sha256,
  };
  const template = readFileSync(TEMPLATE, 'utf8');
  return template
    .replaceAll(/(?<!\$)\$\{(\w+)\}/g, (_, name: string) => values[name] ?? `no ${name}`)
    .replaceAll(/\$\$(?=\{)/g, '$');
}

/** Terraform itself, which needs neither providers nor a network for this module. */
function terraform(values: object): { status: number | null; said: string; script: string } {
  const source = relative(folder, join(ROOT, 'terraform', 'modules', 'node-boot'));
  const main = {
    module: { boot: { source, ...values } },
    output: { script: { value: `\${module.boot.user_data}` } },
  };
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(main));
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
  const run = (...args: string[]) => spawnSync('terraform', args, { cwd: folder, env, encoding: 'utf8' });
  run('init', '-input=false', '-no-color');
  const { status, stdout, stderr } = run('apply', '-auto-approve', '-input=false', '-no-color');
  return {
    status,
    said: stdout + stderr,
    script: status === 0 ? run('output', '-raw', 'script').stdout : '',
  };
}

/** What a script writes into boot.json. */
function written(script: string): unknown {
  const text = /<<'BOOT_JSON'\n([\s\S]*?)\nBOOT_JSON\n/.exec(script)?.[1] ?? '';
  return JSON.parse(text);
}

describe("a node's first boot, from Terraform", () => {
  it.each(Object.entries(ACME))(
    'writes the boot.json that the image reads, by a script that bash takes and cloud-init runs: %s',
    (_, acme) => {
      const byHand = filledIn(JSON.stringify(boot(acme)));
      const rendered = hasTerraform ? terraform(inputs(acme)) : undefined;
      if (rendered !== undefined) expect(rendered.said).toContain('Apply complete');
      for (const script of [byHand, ...(rendered === undefined ? [] : [rendered.script])]) {
        expect(written(script)).toEqual(boot(acme));
        expect(bootSchema.parse(written(script))).toMatchObject(boot(acme));
        expect(script).toMatch(/^#!\/bin\/bash\n/);
        expect(script).toContain(`'${RELEASE.url}'`);
        expect(script).toContain(`'${SHA256}  '`);
        execFileSync('bash', ['-n'], { input: script });
        // EC2 takes 16 KB of user data, before base64.
        expect(Buffer.byteLength(script)).toBeLessThan(16 * 1024);
      }
      const rest = (script: string) => script.replace(/<<'BOOT_JSON'[\s\S]*?\nBOOT_JSON\n/, '');
      expect(rest(rendered?.script ?? byHand)).toBe(rest(byHand));
    },
  );

  it.each([
    ['http://releases.test/x', SHA256],
    [RELEASE.url, 'abc'],
  ])('refuses a release at %s with the sum %s', (url, sha256) => {
    const { node, ...rest } = inputs();
    const values = { ...rest, node: { ...node, release: { url, sha256 } } };
    const asked = readFileSync(join(ROOT, 'terraform', 'modules', 'node-boot', 'variables.tf'), 'utf8');
    // Where Terraform is not installed, its condition is all that can be looked at.
    const said = hasTerraform ? terraform(values).said : asked;
    expect(said).toContain('SHA-256 of 64 hex');
  });
});
