import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#local/paths.ts';

const TEMPLATE = join(ROOT, 'media-node', 'image', 'first-boot.sh.tftpl');

/** What differs from test to test: where the release is, which edge, and what comes last in the node's configuration. */
export interface FirstBoot {
  url: string;
  edgeUrl: string;
  node: Readonly<Record<string, unknown>>;
}

/** The user data of a node's VM, as Terraform's templatefile() fills them in (terraform/modules/node-boot). */
export function firstBoot(sha256: string, { url, edgeUrl, node }: FirstBoot): string {
  const boot = {
    environment: 'test',
    region: 'local',
    edgeUrl,
    domain: 'nodes.example.test',
    acmeDirectory: 'https://acme.example.test/directory',
    secrets: { region: 'eu-central-1', prefix: 'nearcade/test/node/' },
    slots: 1,
    drainSeconds: 5,
    release: { url, sha256 },
    node,
  };
  const values: Readonly<Record<string, string>> = {
    boot_json: JSON.stringify(boot),
    release_url: url,
    release_sha256: sha256,
  };
  return readFileSync(TEMPLATE, 'utf8').replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template wants ${name}`);
    return value;
  });
}
