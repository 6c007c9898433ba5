import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ReadStream } from 'node:tty';

export interface ValueInput {
  /** Standard input: a terminal is asked without showing what is typed, anything else is read to its end. */
  input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY'>>;
  /** Where the question goes. */
  output: NodeJS.WritableStream;
}

/** A secret from a person or a pipe, without the line end. Never from the command line, which every user of the machine can read. */
export async function readValue(what: string, { input, output }: ValueInput): Promise<string> {
  if (input.isTTY !== true) return (await text(input)).replace(/\r?\n$/, '');
  output.write(`${what} (not shown): `);
  const dark = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: dark, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.question('', resolve);
      lines.once('SIGINT', () => reject(new Error('interrupted')));
      lines.once('close', () => resolve(''));
    });
  } finally {
    lines.close();
    output.write('\n');
  }
}
