import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BodyCheck } from './bodies.ts';
import { BUILT_IN } from './by-hand.ts';
import { checkCalls, hasProvider, providerOf } from './calls.ts';
import { type Finding, type Module, readModule } from './module.ts';
import { checkReferences, checkUse } from './references.ts';
import { checkRegions } from './regions.ts';
import { checkSafety } from './safety.ts';
import type { Provider } from './schemas.ts';
import { type ModuleScope, World } from './scope.ts';
import type { Block, Parser } from './source.ts';

/** What of the check costs time to have: the parser and the providers' schemas. */
export interface Tools {
  parser: Parser;
  providers: readonly Provider[];
}

/**
 * Holds all that is below `<root>/terraform` against Terraform's language, the providers' schemas, the environments' files and what
 * we allow ourselves. Returns what is wrong; throws `invalid_request` for what is no Terraform at all.
 */
export async function checkTerraform(
  root: string,
  { parser, providers }: Tools,
): Promise<readonly Finding[]> {
  const findings = new Map<string, Finding>();
  const tell = (finding: Finding) => findings.set(JSON.stringify(finding), finding);
  const modules = new Map<string, Module>();
  for (const path of moduleFolders(root)) modules.set(path, await readModule(parser, root, path, tell));

  const world = new World(root, modules, providers);
  const scopes = [...modules.keys()].flatMap(path => world.scope(path) ?? []);
  for (const scope of scopes) {
    checkReferences(scope, tell);
    checkPins(scope, providers, tell);
    for (const block of scope.module.blocks) checkBlock(world, scope, block, tell);
    checkCalls(world, scope, tell);
    checkRegions(scope, tell);
    checkSafety(scope, tell);
  }
  const called = new Set(scopes.flatMap(({ module }) => [...module.calls.values()].map(({ path }) => path)));
  for (const scope of scopes) {
    checkUse(scope, tell);
    const { path, isRoot, blocks } = scope.module;
    if (!isRoot && !called.has(path))
      tell({ file: blocks[0]?.file ?? path, line: 1, message: `${path} is called nowhere` });
  }
  return [...findings.values()].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** Every folder that holds .tf files, two levels deep. */
function moduleFolders(root: string): readonly string[] {
  const folders = (path: string) =>
    existsSync(join(root, path))
      ? readdirSync(join(root, path), { withFileTypes: true })
          .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
          .map(({ name }) => join(path, name))
      : [];
  const all = folders('terraform').flatMap(path => [path, ...folders(path)]);
  return all.filter(path => readdirSync(join(root, path)).some(name => name.endsWith('.tf')));
}

const OUTPUT = ['description', 'value', 'sensitive', 'ephemeral', 'depends_on'];
const VARIABLE = ['description', 'type', 'default', 'sensitive', 'ephemeral', 'nullable'];

function checkBlock(world: World, scope: ModuleScope, block: Block, tell: (finding: Finding) => void): void {
  const say = (message: string) => tell({ file: block.file, line: block.line, message });
  if (block.type === 'variable') checkDeclaration(block, VARIABLE, ['description', 'type'], say);
  else if (block.type === 'output') checkDeclaration(block, OUTPUT, ['description', 'value'], say);
  else if (block.type === 'resource' || block.type === 'data')
    checkResource(world, scope, block, block.type, tell);
  else if (block.type === 'provider') checkProvider(world, scope, block, tell);
}

function checkDeclaration(
  { type, labels: [name = ''], body }: Block,
  known: readonly string[],
  wanted: readonly string[],
  say: (message: string) => void,
): void {
  for (const attribute of body.attributes.keys()) {
    if (!known.includes(attribute)) say(`${type} ${name}: there is no ${attribute}`);
  }
  for (const attribute of wanted) {
    if (!body.attributes.has(attribute)) say(`${type} ${name}: ${attribute} is missing`);
  }
}

function checkResource(
  world: World,
  scope: ModuleScope,
  block: Block,
  of: 'resource' | 'data',
  tell: (finding: Finding) => void,
): void {
  const [type = '', label = ''] = block.labels;
  const name = `${type}.${label}`;
  const say = (message: string) => tell({ file: block.file, line: block.line, message });
  const schema = world.schemaOf(of, type);
  if (schema === undefined) {
    say(`no provider has a ${of === 'data' ? 'data source' : 'resource'} ${type}`);
    return;
  }
  const provider = providerOf(block);
  const [local = ''] = provider.split('.');
  const isBuiltIn = BUILT_IN[of][type] !== undefined;
  if (!isBuiltIn && !scope.module.required.has(local)) say(`${name}: required_providers has no ${local}`);
  else if (!isBuiltIn && !hasProvider(scope.module, provider))
    say(`${name}: there is no provider ${provider} here`);
  new BodyCheck(scope, schema, name, tell).run(block, scope.namesIn(block));
}

function checkProvider(
  world: World,
  scope: ModuleScope,
  block: Block,
  tell: (finding: Finding) => void,
): void {
  const [name = ''] = block.labels;
  const say = (message: string) => tell({ file: block.file, line: block.line, message });
  const source = scope.module.required.get(name)?.source;
  const provider = world.providers.find(one => one.source === source);
  if (!scope.module.isRoot) say(`provider ${name}: a module is given its providers`);
  if (provider === undefined) say(`provider ${name}: required_providers has none of this name that is known`);
  else new BodyCheck(scope, provider.settings, `provider ${name}`, tell).run(block, new Map(), ['alias']);
}

/** Whoever applies gets the very version that was checked; a module says from which one on it works. */
function checkPins(
  { module }: ModuleScope,
  providers: readonly Provider[],
  tell: (finding: Finding) => void,
): void {
  for (const [name, { file, line, source, version }] of module.required) {
    const provider = providers.find(one => one.source === source);
    if (provider === undefined) {
      tell({ file, line, message: `provider ${name}: the schema of ${source} is not known` });
      continue;
    }
    const wanted = module.isRoot
      ? provider.version
      : `~> ${provider.version.split('.').slice(0, 2).join('.')}`;
    if (version !== wanted) {
      tell({
        file,
        line,
        message: `provider ${name}: the version has to be "${wanted}", which its schema is of`,
      });
    }
  }
}
