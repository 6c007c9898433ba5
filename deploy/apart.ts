import { NearcadeError } from '#shared/errors.ts';
import { type CloudEnvironment, loadEnvironment, mailDomainOf } from './environment.ts';
import { isFilledIn } from './placeholders.ts';

/** IPv4 networks as `10.0.0.0/16`. */
export function overlap(a: string, b: string): boolean {
  const [first, second] = [networkOf(a), networkOf(b)];
  return first.from <= second.to && second.from <= first.to;
}

function networkOf(cidr: string): { from: number; to: number } {
  const [address = '', bits = '32'] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const from = value - (value % size);
  return { from, to: from + size - 1 };
}

/** Names in the DNS that an environment makes records of. */
const hostsOf = (environment: CloudEnvironment): Record<string, string | undefined> => ({
  publicUrl: new URL(environment.publicUrl).hostname,
  'node.domain': environment.node.domain,
});

/** What one environment has that is the other's too, so that setting one up would change or refuse the other; a sentence each. */
export function clashes(one: CloudEnvironment, other: CloudEnvironment): string[] {
  const found: string[] = [];
  const say = (field: string, its: string, value: string) =>
    found.push(`${field} of ${one.name} and ${its} of ${other.name} are both ${value}`);
  for (const [field, host] of Object.entries(hostsOf(one))) {
    for (const [its, theirs] of Object.entries(hostsOf(other))) {
      if (host !== undefined && host === theirs) say(field, its, host);
    }
  }
  // Each has records and an identity at SES for its own.
  const mail = mailDomainOf(one);
  if (mail !== undefined && mail === mailDomainOf(other)) say('the domain of MAIL_FROM', 'that', mail);
  if (one.cloudflare.accountId === other.cloudflare.accountId) {
    if (one.worker.name === other.worker.name) say('worker.name', 'that', one.worker.name);
    const bucket = one.worker.vars.SAVES_S3_BUCKET;
    if (bucket !== undefined && bucket === other.worker.vars.SAVES_S3_BUCKET)
      say('SAVES_S3_BUCKET', 'that', bucket);
  }
  if (one.aws.accountId === other.aws.accountId) {
    for (const [region, { cidr }] of Object.entries(one.regions)) {
      for (const [its, theirs] of Object.entries(other.regions)) {
        if (overlap(cidr, theirs.cidr))
          found.push(
            `the addresses of ${one.name}'s ${region} and ${other.name}'s ${its} overlap: ${cidr}, ${theirs.cidr}`,
          );
      }
    }
  }
  return found;
}

const OTHER = { staging: 'production', production: 'staging' } as const;

/** What an environment shares with the other one by mistake. Nothing where that one was not filled in, or is not there: who has one environment has one. Throws `config_invalid` for a file that cannot be read. */
export function clashesWithOther(environment: CloudEnvironment, folder?: string): string[] {
  let other: CloudEnvironment;
  try {
    other = loadEnvironment(OTHER[environment.name], folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return isFilledIn(other) ? clashes(environment, other) : [];
}

/** Of loadEnvironment: there is no such file. */
const isMissing = (error: unknown) =>
  error instanceof Error &&
  error.cause instanceof Error &&
  'code' in error.cause &&
  error.cause.code === 'ENOENT';

/** Throws `config_invalid`, with all that the environment shares with the other one. */
export function requireApart(environment: CloudEnvironment): void {
  const found = clashesWithOther(environment);
  if (found.length > 0)
    throw new NearcadeError('config_invalid', `Two environments would be one: ${found.join('; ')}.`);
}
