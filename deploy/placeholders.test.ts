import { describe, expect, it } from 'vitest';
import { type CloudEnvironment, environmentSchema, loadEnvironment } from './environment.ts';
import { isFilledIn, placeholders, requireOwnValues } from './placeholders.ts';
import { EXAMPLE_ENVIRONMENTS } from './testing/environments.ts';

const filledIn = loadEnvironment('staging', EXAMPLE_ENVIRONMENTS);

describe('what nobody has filled in', () => {
  it('is refused in one sentence that names all of it', () => {
    expect(() => requireOwnValues(asItComes(filledIn))).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(
          /^environments\/staging\.json still has examples .*: publicUrl, .*worker\.vars\.DNS_ZONE_ID.*worker\.vars\.SAVES_S3_ENDPOINT.*cloudflare\.accountId, cloudflare\.zone.*aws\.accountId.*node\.domain.*alarmEmail\. See/,
        ),
      }),
    );
  });

  it('is not seen in what somebody has filled in', () => {
    expect(placeholders(filledIn)).toEqual([]);
  });

  it('is told from what Terraform finds out', () => {
    const vars = { ...filledIn.worker.vars, DNS_ZONE_ID: '0'.repeat(32) };
    const begun = { ...filledIn, worker: { ...filledIn.worker, vars } };
    expect(placeholders(begun)).toEqual(['worker.vars.DNS_ZONE_ID']);
    expect([begun, filledIn, asItComes(filledIn)].map(isFilledIn)).toEqual([true, true, false]);
  });
});

/** The same with what files have that nobody has touched. */
function asItComes(environment: CloudEnvironment): CloudEnvironment {
  const untouched = environmentSchema.parse(
    JSON.parse(
      JSON.stringify(environment)
        .replaceAll('players.test', 'example.org')
        .replaceAll(environment.cloudflare.accountId, '0'.repeat(32))
        .replaceAll(environment.worker.vars.DNS_ZONE_ID ?? '', '0'.repeat(32))
        .replaceAll(environment.aws.accountId, '0'.repeat(12)),
    ),
  );
  if (untouched.name === 'local') throw new Error('is not of a cloud');
  return untouched;
}
