import { infer } from './infer.ts';
import { mayBe, nameOf } from './kinds.ts';
import type { Call, Finding, Module } from './module.ts';
import { type ModuleScope, typeKind, type World } from './scope.ts';
import type { Block } from './source.ts';

const META = ['source', 'version', 'providers', 'count', 'for_each', 'depends_on'];

/** Holds each call of a module against what that module declares. */
export function checkCalls(world: World, scope: ModuleScope, tell: (finding: Finding) => void): void {
  for (const [name, call] of scope.module.calls) {
    const say = (at: { file: string; line: number }, message: string) =>
      tell({ file: at.file, line: at.line, message: `module.${name}: ${message}` });
    const called = call.path === undefined ? undefined : world.modules.get(call.path);
    if (called === undefined) {
      say(call.block, 'its source is no folder of modules here');
      continue;
    }
    checkInputs(scope, call, called, say);
    checkProviders(scope.module, call, called, say);
  }
}

type Say = (at: { file: string; line: number }, message: string) => void;

function checkInputs(scope: ModuleScope, { block }: Call, called: Module, say: Say): void {
  const names = scope.namesIn(block);
  for (const input of block.body.attributes.values()) {
    if (META.includes(input.name)) continue;
    const variable = called.variables.get(input.name);
    if (variable === undefined) {
      say(input, `the module has no variable ${input.name}`);
      continue;
    }
    const type = variable.body.attributes.get('type');
    if (type === undefined) continue;
    const wanted = typeKind(type.value, type.value.node, input.name);
    const given = infer(scope, input.value, names, () => {});
    if (!mayBe(given, wanted))
      say(input, `${input.name} has to be ${nameOf(wanted)} and is ${nameOf(given)}`);
    if (given.is !== 'object' || wanted.is !== 'object') continue;
    for (const field of wanted.names) {
      const isOptional = new RegExp(`\\b${field}\\s*=\\s*optional\\(`).test(type.value.text);
      if (given.get(field) === undefined && !isOptional) say(input, `${input.name} has no ${field}`);
    }
  }
  for (const [name, variable] of called.variables) {
    const isGiven = block.body.attributes.has(name) || variable.body.attributes.has('default');
    if (!isGiven) say(block, `the module's variable ${name} is given no value`);
  }
}

/** Each provider that the module wants has to be given, or to be there under its plain name. */
function checkProviders(module: Module, { block }: Call, called: Module, say: Say): void {
  const given = block.body.attributes.get('providers');
  const pairs = [...(given?.value.text ?? '').matchAll(/([\w.-]+)\s*=\s*([\w.-]+)/g)];
  for (const [, inner = '', outer = ''] of pairs) {
    const at = given ?? block;
    if (!called.required.has(inner.split('.')[0] ?? '')) say(at, `the module has no provider ${inner}`);
    if (!hasProvider(module, outer)) say(at, `there is no provider ${outer} here`);
  }
  for (const name of called.required.keys()) {
    const isGiven = pairs.some(([, inner]) => inner === name);
    if (!isGiven && !hasProvider(module, name))
      say(block, `the module's provider ${name} is given no configuration`);
  }
}

/** Whether a module may use a configuration: a root's own, or what a module was given. */
export function hasProvider(module: Module, name: string): boolean {
  return module.isRoot ? module.providers.has(name) : module.required.has(name);
}

/** The provider that a resource goes by: what it says, else the one that its type's name begins with. */
export function providerOf(block: Block): string {
  return block.body.attributes.get('provider')?.value.text ?? (block.labels[0] ?? '').split('_')[0] ?? '';
}
