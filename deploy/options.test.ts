import { describe, expect, it } from 'vitest';
import { parseDeployArguments } from './options.ts';

const parse = (line: string) => parseDeployArguments(line.split(' ').filter(word => word !== ''));

describe("npm run deploy's options", () => {
  it.each([
    ['--env staging', { env: 'staging', dryRun: false, contract: false, rollback: false, watchSeconds: 60 }],
    ['--env production --dry-run', { env: 'production', dryRun: true }],
    ['--env staging --contract --watch-seconds 5', { contract: true, watchSeconds: 5 }],
    ['--env staging --rollback', { rollback: true, version: undefined }],
    ['--env staging --rollback 0.1.0+3aafc0b', { rollback: true, version: '0.1.0+3aafc0b' }],
  ])('%s', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it.each([
    '',
    '--env local',
    '--env staging production',
    '--env staging --rollback a b',
    '--env staging --rollback --dry-run',
    '--env staging --watch-seconds soon',
    '--env staging --force',
  ])('refuses "%s" in one sentence', line => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('gives help without an environment', () => {
    expect(parse('--help')).toBeUndefined();
  });
});
