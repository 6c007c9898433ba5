import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '#local/paths.ts';
import { SharedPlatform } from './support/shared-platform.ts';

let platform: SharedPlatform;
const folder = mkdtempSync(join(tmpdir(), 'nearcade-readme-'));

beforeAll(async () => {
  platform = await SharedPlatform.enter();
});

afterAll(async () => {
  await platform?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The commands of the README's section on the API, for this platform. */
function commands(): string {
  const section = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## The API')[1] ?? '';
  const block = /```sh\n([\s\S]*?)```/.exec(section)?.[1];
  if (block === undefined) throw new Error('the README has no commands in its section on the API');
  return block.replace('http://localhost:8787', platform.baseUrl);
}

function bash(script: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      output += chunk;
    });
  }
  return new Promise(resolve => child.on('close', code => resolve({ code, output })));
}

describe("the README's API section", () => {
  it('leads by curl from register to ticket', async () => {
    const { code, output } = await bash(commands());
    expect(output).toContain('["probe",4,');
    expect(output).toContain('"kind": "admitted"');
    expect(output).toMatch(/\{"aud":"[\w-]+","epoch":\d+,"slot":\d+,"seat":1,"game":"probe"\}/);
    expect(output.trim().split('\n').at(-1)).toBe('204');
    expect(code).toBe(0);
  });
});
