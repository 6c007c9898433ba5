import { join } from 'node:path';
import { literalText } from './expression.ts';
import type { Attribute, Block, Parser } from './source.ts';

/** Something that is wrong, and where. */
export interface Finding {
  file: string;
  line: number;
  message: string;
}

export interface RequiredProvider {
  file: string;
  line: number;
  source: string;
  version: string | undefined;
}

/** A folder of .tf files. */
export interface Module {
  /** Below the folder that is checked, such as terraform/modules/neon. */
  path: string;
  /** Whether `terraform apply` is run there. */
  isRoot: boolean;
  variables: ReadonlyMap<string, Block>;
  locals: ReadonlyMap<string, Attribute>;
  outputs: ReadonlyMap<string, Block>;
  /** By type and name, such as aws_vpc.this. */
  resources: ReadonlyMap<string, Block>;
  data: ReadonlyMap<string, Block>;
  calls: ReadonlyMap<string, Call>;
  /** Configurations of providers, by `aws` or `aws.alias`. */
  providers: ReadonlyMap<string, Block>;
  /** What required_providers names. */
  required: ReadonlyMap<string, RequiredProvider>;
  /** Blocks of every kind. */
  blocks: readonly Block[];
}

export interface Call {
  block: Block;
  /** The called module's path; undefined: its source is no folder here. */
  path: string | undefined;
}

/** Reads a module; what is declared twice is told. */
export async function readModule(
  parser: Parser,
  root: string,
  path: string,
  tell: (finding: Finding) => void,
): Promise<Module> {
  const blocks = await parser.folder(root, path);
  const declare = <T>(map: Map<string, T>, name: string, at: { file: string; line: number }, value: T) => {
    if (map.has(name)) tell({ file: at.file, line: at.line, message: `${name} is declared twice` });
    else map.set(name, value);
  };
  const module = {
    path,
    isRoot: !path.startsWith('terraform/modules/'),
    variables: new Map<string, Block>(),
    locals: new Map<string, Attribute>(),
    outputs: new Map<string, Block>(),
    resources: new Map<string, Block>(),
    data: new Map<string, Block>(),
    calls: new Map<string, Call>(),
    providers: new Map<string, Block>(),
    required: new Map<string, RequiredProvider>(),
    blocks,
  };
  for (const block of blocks) {
    const [first = '', second = ''] = block.labels;
    if (block.type === 'variable') declare(module.variables, first, block, block);
    else if (block.type === 'output') declare(module.outputs, first, block, block);
    else if (block.type === 'resource') declare(module.resources, `${first}.${second}`, block, block);
    else if (block.type === 'data') declare(module.data, `${first}.${second}`, block, block);
    else if (block.type === 'module')
      declare(module.calls, first, block, { block, path: calledPath(path, block) });
    else if (block.type === 'provider') {
      const alias = block.body.attributes.get('alias');
      const name = alias === undefined ? first : `${first}.${literalText(alias.value.node) ?? ''}`;
      declare(module.providers, name, block, block);
    } else if (block.type === 'locals') {
      for (const local of block.body.attributes.values()) declare(module.locals, local.name, local, local);
    } else if (block.type === 'terraform') {
      for (const inner of block.body.blocks.filter(({ type }) => type === 'required_providers')) {
        for (const entry of inner.body.attributes.values()) {
          module.required.set(entry.name, readRequired(entry));
        }
      }
    } else {
      tell({ file: block.file, line: block.line, message: `this check knows no block ${block.type}` });
    }
  }
  return module;
}

function calledPath(path: string, block: Block): string | undefined {
  const source = block.body.attributes.get('source');
  const text = source === undefined ? undefined : literalText(source.value.node);
  return text?.startsWith('.') ? join(path, text) : undefined;
}

function readRequired({ file, line, value }: Attribute): RequiredProvider {
  const text = (name: string) => new RegExp(`\\b${name}\\s*=\\s*"([^"]*)"`).exec(value.text)?.[1];
  return { file, line, source: text('source') ?? '', version: text('version') };
}
