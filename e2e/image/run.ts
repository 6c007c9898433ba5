import { spawn } from 'node:child_process';

/** Characters of a failed program's output that are told. */
const SHOWN = 6_000;

/** What a program printed; throws with the end of it when it fails. */
export async function run(argv: readonly string[], input = ''): Promise<string> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new Error(`${argv.join(' ').slice(0, 500)} ended with ${code}:\n${output.slice(-SHOWN)}`);
  return output;
}
