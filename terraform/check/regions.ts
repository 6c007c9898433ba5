import { basename } from 'node:path';
import { literalText } from './expression.ts';
import type { Finding } from './module.ts';
import type { ModuleScope } from './scope.ts';

const REGION_MODULE = 'terraform/modules/aws-region';

/**
 * Each region of an environment's file has its module in that environment's folder, which goes by the settings and the provider of this very
 * region: a provider cannot be made for each of a list.
 */
export function checkRegions(scope: ModuleScope, tell: (finding: Finding) => void): void {
  const { module } = scope;
  if (!/\/environments\/[^/]+$/.test(module.path)) return;
  const name = basename(module.path);
  const environment = scope.jsonFile(`environments/${name}.json`);
  const regions = environment?.is === 'object' ? environment.get('regions') : undefined;
  const wanted = regions?.is === 'object' ? regions.names : [];
  const there = [...module.calls].filter(([, { path }]) => path === REGION_MODULE);
  for (const region of wanted) {
    if (there.some(([called]) => called === region)) continue;
    const message = `no module has the region ${region} of environments/${name}.json`;
    tell({ file: `${module.path}/regions.tf`, line: 1, message });
  }
  const listed = module.locals.get('regions')?.value.text ?? '';
  for (const [region, { block }] of there) {
    const say = (message: string) =>
      tell({ file: block.file, line: block.line, message: `module.${region}: ${message}` });
    if (!wanted.includes(region)) say(`environments/${name}.json has no region ${region}`);
    if (!listed.includes(`{ "${region}" = module.${region} }`)) say('local.regions leaves it out');
    const settings = block.body.attributes.get('settings')?.value.text;
    if (settings !== `local.environment.regions["${region}"]`) say(`its settings are not those of ${region}`);
    const given = /\baws\s*=\s*aws\.([\w-]+)/.exec(
      block.body.attributes.get('providers')?.value.text ?? '',
    )?.[1];
    const provider = module.providers.get(`aws.${given ?? ''}`)?.body.attributes.get('region');
    const of = provider === undefined ? undefined : literalText(provider.value.node);
    if (of !== region)
      say(`its provider works in ${of ?? 'no region that is written there'}, not in ${region}`);
  }
}
