/** What bash does not look into: text in single quotes, such as a program for jq. `$'...'` is text too. */
const SINGLE_QUOTED = /'[^']*'/g;
const SET = /(?:^|[\s;(&|])(?:export |local )?([A-Za-z_]\w*)(?:\+?=)/g;
const READ = /\bread (?:-\w+ )*(?:'' )?([A-Za-z_]\w*)\s*(?:;|$)/gm;
const MAPFILE = /\bmapfile -t ([A-Za-z_]\w*)/g;
const FOR = /\bfor ([A-Za-z_]\w*) in\b/g;
const USED = /\$\{?([A-Za-z_]\w*)/g;
/** `${NAME:-default}`: may be unset. */
const WITH_DEFAULT = /\$\{([A-Za-z_]\w*):-/g;

/** The shell variables that commands of the runbook set, and those that they want set; each once. By their text alone, as much of bash as they use. */
export function variablesOf(commands: string): { sets: string[]; uses: string[] } {
  const text = commands.replaceAll(SINGLE_QUOTED, "''");
  const namesOf = (pattern: RegExp) =>
    [...text.matchAll(pattern)].flatMap(([, ...names]) => names.filter(name => name !== undefined));
  const defaulted = new Set(namesOf(WITH_DEFAULT));
  const sets = new Set([SET, READ, MAPFILE, FOR].flatMap(namesOf));
  const uses = new Set(namesOf(USED).filter(name => !defaulted.has(name)));
  return { sets: [...sets], uses: [...uses] };
}
