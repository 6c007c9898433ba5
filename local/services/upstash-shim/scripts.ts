import { createHash } from 'node:crypto';

/** Flag of Upstash's own Redis at the head of a script (@upstash/ratelimit has it); Debian's Redis refuses it. */
const UPSTASH_HEAD = /^#!lua flags=allow-key-locking\s*\n/;

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

/** Takes Upstash's flag out of scripts, and knows such a script again by the SHA-1 that its caller computed with it. */
export class Scripts {
  readonly #digests = new Map<string, string>();

  /** The command as Debian's Redis takes it. */
  translate(command: readonly string[]): readonly string[] {
    const [name = '', first = '', second = ''] = command;
    switch (name.toUpperCase()) {
      case 'EVAL':
      case 'EVAL_RO':
        return [name, this.#strip(first), ...command.slice(2)];
      case 'EVALSHA':
      case 'EVALSHA_RO':
        return [name, this.#digests.get(first.toLowerCase()) ?? first, ...command.slice(2)];
      case 'SCRIPT':
        return first.toUpperCase() === 'LOAD' ? [name, first, this.#strip(second)] : command;
      default:
        return command;
    }
  }

  #strip(script: string): string {
    const plain = script.replace(UPSTASH_HEAD, '');
    if (plain !== script) this.#digests.set(sha1(script), sha1(plain));
    return plain;
  }
}
