import { dynamicNames } from './bodies.ts';
import { infer, type Names } from './infer.ts';
import { ANY } from './kinds.ts';
import type { Finding, Module } from './module.ts';
import type { ModuleScope } from './scope.ts';
import type { Attribute, Block, Body } from './source.ts';

/** Attributes whose values are no expressions: they name things of Terraform's language. */
const NAMES_THINGS: Readonly<Record<string, readonly string[]>> = {
  variable: ['type'],
  provider: ['alias'],
  module: ['providers', 'source', 'version'],
  resource: ['provider'],
  data: ['provider'],
  lifecycle: ['ignore_changes'],
  dynamic: ['iterator'],
};

/** Follows every reference of a module, and tells those that lead nowhere. */
export function checkReferences(scope: ModuleScope, tell: (finding: Finding) => void): void {
  const attribute = ({ value, file }: Attribute, names: Names) => {
    infer(scope, value, names, (message, line) => tell({ file, line, message }));
  };
  const body = (type: string, { attributes, blocks }: Body, names: Names) => {
    for (const one of attributes.values()) if (!NAMES_THINGS[type]?.includes(one.name)) attribute(one, names);
    for (const block of blocks) {
      const inner = block.type === 'dynamic' ? dynamicNames(scope, block, names) : names;
      const forEach = block.type === 'dynamic' ? block.body.attributes.get('for_each') : undefined;
      if (forEach !== undefined) attribute(forEach, names);
      const rest =
        forEach === undefined
          ? block.body
          : {
              ...block.body,
              attributes: new Map([...block.body.attributes].filter(([name]) => name !== 'for_each')),
            };
      body(block.type, rest, inner);
    }
  };
  for (const block of scope.module.blocks) {
    if (block.type === 'terraform') continue;
    if (block.type === 'locals') {
      for (const local of block.body.attributes.values()) attribute(local, new Map());
      continue;
    }
    const names = new Map(scope.namesIn(block));
    // A precondition or postcondition may speak of what it stands in.
    if (block.type === 'resource' || block.type === 'data') names.set('self', ANY);
    body(block.type, block.body, names);
  }
}

/** Tells what is declared and never asked for. Comes after all references of all modules were followed. */
export function checkUse(scope: ModuleScope, tell: (finding: Finding) => void): void {
  const module: Module = scope.module;
  const unused = (at: Block | Attribute, what: string) =>
    tell({ file: at.file, line: at.line, message: `${what} is used nowhere` });
  for (const [name, block] of module.variables)
    if (!scope.used.has(`var.${name}`)) unused(block, `variable ${name}`);
  for (const [name, local] of module.locals)
    if (!scope.used.has(`local.${name}`)) unused(local, `local ${name}`);
  for (const [name, block] of module.data)
    if (!scope.used.has(`data.${name}`)) unused(block, `data source ${name}`);
  if (module.isRoot) return;
  for (const [name, block] of module.outputs)
    if (!scope.used.has(`output.${name}`)) unused(block, `output ${name}`);
}
