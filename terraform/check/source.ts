import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import type { Expression, Node } from './expression.ts';
import { type OutlineBody, outline } from './outline.ts';

/** A body with its expressions read. */
export interface Body {
  attributes: ReadonlyMap<string, Attribute>;
  blocks: readonly Block[];
}

export interface Attribute {
  name: string;
  file: string;
  line: number;
  value: Expression;
}

export interface Block {
  type: string;
  labels: readonly string[];
  file: string;
  line: number;
  body: Body;
}

/** What of @cdktf/hcl2json is used: Terraform's own parser, as WebAssembly. */
interface Hcl {
  /** Rejects with what is wrong and where. */
  parse(file: string, text: string): Promise<unknown>;
  getExpressionAst(file: string, text: string): Promise<Node | null>;
}

/** Reads files of Terraform's language. What is the same is read once. */
export class Parser {
  readonly #hcl: Hcl;
  readonly #files = new Map<string, readonly Block[]>();
  readonly #nodes = new Map<string, Node>();

  /** `folder` holds the package @cdktf/hcl2json. */
  constructor(folder: string) {
    this.#hcl = createRequire(import.meta.url)(folder) as Hcl;
  }

  /** The blocks of all .tf files of a folder, files in order. Throws `invalid_request` with the place of what is no Terraform. */
  async folder(root: string, path: string): Promise<readonly Block[]> {
    const folder = join(root, path);
    const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.tf')) : [];
    const blocks: Block[] = [];
    for (const name of names.sort()) {
      const file = join(path, name);
      blocks.push(...(await this.#file(file, readFileSync(join(root, file), 'utf8'))));
    }
    return blocks;
  }

  async #file(file: string, text: string): Promise<readonly Block[]> {
    const key = `${file}\n${text}`;
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    try {
      await this.#hcl.parse(file, text);
    } catch (cause) {
      throw new NearcadeError('invalid_request', String(cause), { cause });
    }
    const { blocks } = await this.#body(file, outline(file, text));
    this.#files.set(key, blocks);
    return blocks;
  }

  async #body(file: string, body: OutlineBody): Promise<Body> {
    const attributes = new Map<string, Attribute>();
    for (const { name, line, text, textLine } of body.attributes) {
      const value = { file, line: textLine, text, node: await this.#node(file, text) };
      attributes.set(name, { name, file, line, value });
    }
    const blocks: Block[] = [];
    for (const block of body.blocks)
      blocks.push({ ...block, file, body: await this.#body(file, block.body) });
    return { attributes, blocks };
  }

  async #node(file: string, text: string): Promise<Node> {
    const known = this.#nodes.get(text);
    if (known !== undefined) return known;
    const node = await this.#hcl.getExpressionAst(file, text);
    if (node === null) throw new NearcadeError('invalid_request', `${file}: no expression: ${text}`);
    this.#nodes.set(text, node);
    return node;
  }
}
