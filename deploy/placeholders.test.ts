import { describe, expect, it } from 'vitest';
import { placeholders, requireOwnValues } from './placeholders.ts';
import { exampleEnvironment, ownEnvironment } from './testing/own-environment.ts';

describe('what nobody has filled in', () => {
  it('is refused in one sentence that names all of it', () => {
    expect(() => requireOwnValues(exampleEnvironment())).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(
          /^environments\/staging\.json still has examples .*: publicUrl, .*worker\.vars\.DNS_ZONE_ID.*worker\.vars\.SAVES_S3_ENDPOINT.*cloudflare\.accountId, cloudflare\.zone.*aws\.accountId.*node\.domain.*alarmEmail\. See/,
        ),
      }),
    );
  });

  it('is not seen in what somebody has filled in', () => {
    expect(placeholders(ownEnvironment())).toEqual([]);
  });
});
