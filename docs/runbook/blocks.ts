import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;

/** Commands of a page of the runbook, with what its marker line says of them. */
export interface Block {
  page: string;
  /** The line of the page that it begins at. */
  line: number;
  commands: string;
  /** `<!-- runs in: FILE as NAME -->`: the test that runs it. */
  runsIn?: { file: string; name: string };
  /** `<!-- cannot run here: REASON -->` */
  cannotRun?: string;
  /** `<!-- optional: FOR WHOM -->`, before that marker: not everybody has to run it. */
  optional?: string;
}

const BLOCK =
  /(?:^<!-- optional: (.+) -->\n)?(?:^<!-- (runs in|cannot run here): (.+) -->\n+)?^```sh\n([\s\S]*?)^```$/gm;
const RUNS_IN = /^(\S+) as ([\w-]+)$/;

/** Every page, by its name without `.md`. */
export function pages(): string[] {
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.md'))
    .map(name => name.slice(0, -'.md'.length))
    .sort();
}

/** The blocks of commands of a page, in order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(FOLDER, `${page}.md`), 'utf8');
  return [...text.matchAll(BLOCK)].map(match => {
    const [, optional, kind, what = '', commands = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    const [, file, name] = RUNS_IN.exec(what) ?? [];
    return {
      page,
      line,
      commands,
      ...(kind === 'runs in' && file !== undefined && name !== undefined ? { runsIn: { file, name } } : {}),
      ...(kind === 'cannot run here' ? { cannotRun: what } : {}),
      ...(optional === undefined ? {} : { optional }),
    };
  });
}

/** The commands that a test has to run: those of the block that it is named in. Throws where there is none. */
export function runbookBlock(page: string, name: string): string {
  const block = blocksOf(page).find(({ runsIn }) => runsIn?.name === name);
  if (block === undefined) throw new Error(`the runbook's page ${page} has no block ${name}`);
  return block.commands;
}
