import { describe, expect, it } from 'vitest';
import { parseBenchOptions } from './options.ts';

describe('parseBenchOptions', () => {
  it('measures everything by default', () => {
    const options = parseBenchOptions([]);
    expect(options).toMatchObject({
      targets: ['nearcade', 'novnc', 'xpra'],
      scenes: ['still', 'busy', 'scroll'],
      links: ['none', 'wan-0.5', 'wan-1'],
      n: 40,
      url: undefined,
    });
  });

  it('takes another system', () => {
    const args = ['--targets', '', '--url', 'http://127.0.0.1:9/', '--pids', '12,34', '--block', '0.1,0.9'];
    expect(parseBenchOptions(args)).toMatchObject({
      targets: [],
      url: { url: 'http://127.0.0.1:9/', pids: [12, 34], block: { x: 0.1, y: 0.9 } },
    });
  });

  it.each([
    [['--links', 'moon'], /--links can't be "moon"/],
    [['--n', '0'], /--n can't be/],
    [['--url', 'http://127.0.0.1:9/', '--block', '1'], /--block can't be/],
    [['--nonsense'], /nonsense/],
  ])('refuses %j in one sentence', (args, words) => {
    expect(() => parseBenchOptions(args)).toThrow(words);
  });
});
