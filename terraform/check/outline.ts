import { NearcadeError } from '#shared/errors.ts';

/** `name = expression`, with the expression as it is written. */
export interface OutlineAttribute {
  name: string;
  line: number;
  text: string;
  /** The line that the expression begins at. */
  textLine: number;
}

/** `type "label" { ... }`. */
export interface OutlineBlock {
  type: string;
  labels: readonly string[];
  line: number;
  body: OutlineBody;
}

export interface OutlineBody {
  attributes: readonly OutlineAttribute[];
  blocks: readonly OutlineBlock[];
}

/**
 * The structure of a file of Terraform's language, with lines, and with blocks told from attributes, both of which the parser leaves out.
 * The file has been parsed before, so that no more than its structure has to be found. Throws `invalid_request` for what it does not know.
 */
export function outline(file: string, text: string): OutlineBody {
  const reader = new Reader(file, text);
  const body = reader.body(true);
  return body;
}

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

class Reader {
  #at = 0;
  readonly #file: string;
  readonly #text: string;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  body(isFile: boolean): OutlineBody {
    const attributes: OutlineAttribute[] = [];
    const blocks: OutlineBlock[] = [];
    for (;;) {
      this.#skip(/(?:\s|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y);
      if (this.#at >= this.#text.length && isFile) return { attributes, blocks };
      if (!isFile && this.#text[this.#at] === '}') {
        this.#at += 1;
        return { attributes, blocks };
      }
      const line = this.#line();
      const name = this.#take(/[A-Za-z_][\w-]*/y);
      this.#skip(/[ \t]*/y);
      if (this.#text[this.#at] === '=') {
        this.#at += 1;
        this.#skip(/[ \t]*/y);
        attributes.push({ name, line, textLine: this.#line(), text: this.#expression() });
      } else {
        blocks.push(this.#block(name, line));
      }
    }
  }

  #block(type: string, line: number): OutlineBlock {
    const labels: string[] = [];
    while (this.#text[this.#at] !== '{') {
      labels.push(this.#take(/"[^"]*"|[A-Za-z_][\w-]*/y).replaceAll('"', ''));
      this.#skip(/[ \t]*/y);
    }
    this.#at += 1;
    return { type, labels, line, body: this.body(false) };
  }

  /** Up to the end of its line or the comment there, or of the brackets that are open there. */
  #expression(): string {
    const begin = this.#at;
    const open: string[] = [];
    let end = begin;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] ?? '';
      if (open.length === 0 && (char === '\n' || char === '}')) break;
      if (this.#isComment()) {
        this.#comment();
        continue;
      }
      if (char === '"') this.#string();
      else if (this.#text.startsWith('<<', this.#at)) {
        this.#fail('here-documents are not read by this check: use a template');
      } else if (CLOSING[char] !== undefined) open.push(CLOSING[char]);
      else if (char === open.at(-1)) open.pop();
      if (!/\s/.test(char)) end = this.#at + 1;
    }
    return this.#text.slice(begin, end);
  }

  /** Stands at the closing quote afterwards. */
  #string(): void {
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1) {
      if (this.#at >= this.#text.length) this.#fail('a string does not end');
      if (this.#text[this.#at] === '\\') this.#at += 1;
      else if (/^[$%]\{/.test(this.#text.slice(this.#at, this.#at + 2))) this.#template();
    }
  }

  /** Stands at the closing brace afterwards. */
  #template(): void {
    let depth = 0;
    for (this.#at += 1; ; this.#at += 1) {
      const char = this.#text[this.#at];
      if (char === undefined) this.#fail('a template does not end');
      if (char === '"') this.#string();
      else if (char === '{') depth += 1;
      else if (char === '}') depth -= 1;
      if (depth === 0) return;
    }
  }

  #isComment(): boolean {
    return /^(?:#|\/\/|\/\*)/.test(this.#text.slice(this.#at, this.#at + 2));
  }

  /** Stands at the last character of the comment afterwards. */
  #comment(): void {
    const closing = this.#text.startsWith('/*', this.#at) ? '*/' : '\n';
    const end = this.#text.indexOf(closing, this.#at);
    if (end < 0) this.#at = this.#text.length;
    else this.#at = closing === '\n' ? end - 1 : end + 1;
  }

  #skip(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    this.#at += pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const taken = pattern.exec(this.#text)?.[0];
    if (taken === undefined) return this.#fail('neither an attribute nor a block');
    this.#at += taken.length;
    return taken;
  }

  #line(): number {
    return this.#text.slice(0, this.#at).split('\n').length;
  }

  #fail(message: string): never {
    throw new NearcadeError('invalid_request', `${this.#file}:${this.#line()}: ${message}`);
  }
}
