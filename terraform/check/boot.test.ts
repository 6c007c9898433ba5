import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { NEARCADE_DIR, ROOT } from '#local/paths.ts';
import { bootSchema } from '#media-node/image/boot-config.ts';
import { evaluate } from './evaluate.ts';
import { loadSchemas } from './schemas.ts';
import { Parser } from './source.ts';

const TEMPLATE = join(ROOT, 'media-node', 'image', 'first-boot.sh.tftpl');
const SHA256 = 'a'.repeat(64);
const RELEASE = { url: 'https://releases.test/nearcade-1.2.3+abc.tar.gz', sha256: SHA256 };

mkdirSync(NEARCADE_DIR, { recursive: true });
// A module's source has to be a relative path: this lies within the clone.
const folder = mkdtempSync(join(NEARCADE_DIR, 'terraform-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Before the tests, whose time this is not: in a fresh clone it fetches the providers' schemas.
const { parser: terraformParser } = loadSchemas();

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
    newest_image: 'ami-1',
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
    ...(acme === undefined ? {} : { acmeExternalAccount: acme.externalAccount ?? false }),
    ...(acme?.fallback === undefined ? {} : { acmeFallback: acme.fallback }),
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

interface Applied {
  status: number | null;
  said: string;
  script: string;
  image: string;
}

/** Terraform itself, which needs neither providers nor a network for this module. What it has made once it knows the next time. */
function terraform(values: object): Applied {
  const source = relative(folder, join(ROOT, 'terraform', 'modules', 'node-boot'));
  const main = {
    module: { boot: { source, ...values } },
    output: {
      script: { value: `\${module.boot.user_data}` },
      image: { value: `\${module.boot.image_id}` },
    },
  };
  writeFileSync(join(folder, 'main.tf.json'), JSON.stringify(main));
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
  const run = (...args: string[]) => spawnSync('terraform', args, { cwd: folder, env, encoding: 'utf8' });
  run('init', '-input=false', '-no-color');
  const { status, stdout, stderr } = run('apply', '-auto-approve', '-input=false', '-no-color');
  const output = (name: string) => (status === 0 ? run('output', '-raw', name).stdout : '');
  return { status, said: stdout + stderr, script: output('script'), image: output('image') };
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
    [RELEASE.url, SHA256, true],
    ['http://releases.test/x', SHA256, false],
    [RELEASE.url, 'abc', false],
    ['', '', false],
  ])('of a release at %j with the sum %j: taken is %j', async (url, sha256, isTaken) => {
    const { node, ...rest } = inputs();
    const values = { ...rest, node: { ...node, release: { url, sha256 } } };
    const parser = new Parser(terraformParser);
    const blocks = await parser.folder(ROOT, join('terraform', 'modules', 'node-boot'));
    const variable = blocks.find(({ type, labels }) => type === 'variable' && labels[0] === 'node');
    const validation = variable?.body.blocks.find(({ type }) => type === 'validation')?.body.attributes;
    const condition = validation?.get('condition')?.value.node;
    expect(condition && evaluate(condition, { var: values })).toBe(isTaken);
    if (!hasTerraform) return;
    const { status, said } = terraform(values);
    expect(status).toBe(isTaken ? 0 : 1);
    if (!isTaken) expect(said).toContain('SHA-256 of 64 hex');
  });

  it('is written down as having an image that changes with its release alone', () => {
    const main = readFileSync(join(ROOT, 'terraform', 'modules', 'node-boot', 'main.tf'), 'utf8');
    expect(main).toMatch(/input += var\.newest_image\n +triggers_replace += var\.node\.release\.sha256\n/);
    expect(main).toContain('ignore_changes = [input]');
  });

  // Terraform itself shows it; CI's job `terraform` has it.
  if (hasTerraform)
    it('has the newest image of the day when its release came, and keeps it when there is a newer one', () => {
      const image = (newest: string, sha256: string) => {
        const { node, ...rest } = inputs();
        const applied = terraform({
          ...rest,
          newest_image: newest,
          node: { ...node, release: { ...RELEASE, sha256 } },
        });
        expect(applied.said).toContain('Apply complete');
        return applied.image;
      };
      const other = 'b'.repeat(64);
      expect([image('ami-1', SHA256), image('ami-2', SHA256)]).toEqual(['ami-1', 'ami-1']);
      expect([image('ami-2', other), image('ami-3', other)]).toEqual(['ami-2', 'ami-2']);
    });
});
