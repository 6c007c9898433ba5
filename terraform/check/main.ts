import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { clashesWithOther } from '#deploy/apart.ts';
import { loadEnvironment } from '#deploy/environment.ts';
import { isFilledIn, placeholders } from '#deploy/placeholders.ts';
import { NearcadeError } from '#shared/errors.ts';
import { checkTerraform } from './check.ts';
import { loadSchemas } from './schemas.ts';
import { Parser } from './source.ts';

/*
 * The stage `terraform` of npm test: what can be known of terraform/ without an account and without the providers' programs.
 */
const ROOT = join(import.meta.dirname, '..', '..');

/** Whether the files are formatted; true where nobody can say, since Terraform is not installed. */
function isFormatted(): boolean {
  const fmt = spawnSync('terraform', ['fmt', '-check', '-recursive', '-diff', join(ROOT, 'terraform')], {
    encoding: 'utf8',
  });
  if (fmt.error !== undefined) {
    console.log('terraform is not installed here: the format of terraform/ was not looked at');
    return true;
  }
  console.log(
    fmt.status === 0
      ? 'terraform fmt: every file is formatted'
      : `terraform fmt:\n${fmt.stdout}${fmt.stderr}`,
  );
  return fmt.status === 0;
}

/** What is wrong with the operators' own environments by themselves, before Terraform reads them. */
function checkEnvironments(): string[] {
  const folder = join(ROOT, 'environments');
  return (['staging', 'production'] as const).flatMap(name => {
    try {
      const environment = loadEnvironment(name, folder);
      if (isFilledIn(environment)) return clashesWithOther(environment, folder);
      console.log(`environments/${name}.json has examples yet: ${placeholders(environment).join(', ')}`);
      return [];
    } catch (error) {
      if (!(error instanceof NearcadeError)) throw error;
      return [`environments/${name}.json: ${error.message}`];
    }
  });
}

const schemas = loadSchemas(line => console.log(line));
const tools = { parser: new Parser(schemas.parser), providers: schemas.providers };
const findings = await checkTerraform(ROOT, tools);
const wrong = checkEnvironments();
for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`);
for (const message of wrong) console.error(message);
const against = schemas.providers.map(({ source, version }) => `${source} ${version}`).join(', ');
const mistakes = findings.length + wrong.length;
console.log(mistakes === 0 ? `terraform/ agrees with ${against}` : `${mistakes} mistakes`);
process.exitCode = isFormatted() && mistakes === 0 ? 0 : 1;
