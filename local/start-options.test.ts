import { describe, expect, it } from 'vitest';
import { parseStartOptions } from './start-options.ts';

describe('parseStartOptions', () => {
  it('takes the command line before the environment before the default', () => {
    expect(parseStartOptions([], {}).ports).toEqual({ web: 8787 });
    expect(parseStartOptions([], { NEARCADE_PORT: '9000' }).ports.web).toBe(9000);
    const given = parseStartOptions(['--port', '9001', '--slots', '4', '--fresh'], { NEARCADE_PORT: '9000' });
    expect(given).toMatchObject({ ports: { web: 9001 }, slots: 4, fresh: true, help: false });
  });

  it('fixes the ports that a variable names', () => {
    const { ports, fixed } = parseStartOptions([], { NEARCADE_REDIS_PORT: '6400', NEARCADE_NEON_PORT: '' });
    expect(ports).toEqual({ web: 8787, redis: 6400 });
    expect(fixed).toMatchObject([{ port: 6400, what: 'Redis', variable: 'NEARCADE_REDIS_PORT' }]);
  });

  it.each([
    [['--port', 'http'], /^--port can't be "http"/],
    [['--port', '70000'], /^--port can't be "70000"/],
    [['--slots', '0'], /^--slots can't be "0"/],
    [['--prot', '1'], /^Unknown option '--prot'/],
  ])('refuses %j', (args, message) => {
    expect(() => parseStartOptions(args, {})).toThrow(message);
  });
});
