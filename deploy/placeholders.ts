import { NearcadeError } from '#shared/errors.ts';
import type { CloudEnvironment } from './environment.ts';

/** Of the files as they come with Nearcade: ids of nothing but zeros, and domains that are reserved for examples (RFC 2606). */
const ZEROS = /(^|[^0-9a-f])0{12,}($|[^0-9a-f])/;
const EXAMPLE = /(^|[.@/])example\.(org|com|net)($|[/>])/;

/** The fields that still hold what came with Nearcade, e.g. `cloudflare.zone`. */
export function placeholders(environment: CloudEnvironment): string[] {
  const found: string[] = [];
  const look = (value: unknown, path: string) => {
    if (typeof value === 'string') {
      if (ZEROS.test(value) || EXAMPLE.test(value)) found.push(path);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) look(inner, path === '' ? key : `${path}.${key}`);
    }
  };
  look(environment, '');
  return found;
}

/** What Terraform finds out and the runbook's first deploy writes down after its first `apply`. */
const FOUND_OUT = new Set(['worker.vars.DNS_ZONE_ID', 'worker.vars.SAVES_S3_ENDPOINT']);

/** Whether somebody has put in what only a person can know. */
export const isFilledIn = (environment: CloudEnvironment): boolean =>
  placeholders(environment).every(path => FOUND_OUT.has(path));

/** Throws `config_invalid`, naming every field that is still an example: nothing of it is anybody's. */
export function requireOwnValues(environment: CloudEnvironment): void {
  const found = placeholders(environment);
  if (found.length === 0) return;
  throw new NearcadeError(
    'config_invalid',
    `environments/${environment.name}.json still has examples where your own values belong: ${found.join(', ')}. See docs/runbook/first-deploy.md.`,
  );
}
