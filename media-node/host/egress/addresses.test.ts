import { describe, expect, it } from 'vitest';
import { resolveEgress } from './addresses.ts';
import { additions, ruleset } from './rules.ts';

const NAMES: Record<string, string[]> = {
  'scores.example': ['203.0.113.10', '203.0.113.11'],
  'inside.example': [
    '10.1.2.3',
    '169.254.169.254',
    '127.0.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '::1',
    '0.0.0.0',
  ],
  'node.example': ['198.51.100.7'],
};
const lookup = async (name: string) => {
  const found = NAMES[name];
  if (found === undefined) throw new Error('no such name');
  return found;
};
const tcp = (host: string, ...ports: number[]) => ({ host, ports, protocol: 'tcp' as const });

describe('what a game may reach', () => {
  it('is looked up by the node: each address of a name with each port', async () => {
    const { targets, hosts, refused } = await resolveEgress(
      [tcp('scores.example', 443, 8443), { host: '203.0.112.0/24', ports: [53], protocol: 'udp' }],
      lookup,
      [],
    );
    expect(targets).toEqual([
      { address: '203.0.113.10', protocol: 'tcp', port: 443 },
      { address: '203.0.113.10', protocol: 'tcp', port: 8443 },
      { address: '203.0.113.11', protocol: 'tcp', port: 443 },
      { address: '203.0.113.11', protocol: 'tcp', port: 8443 },
      { address: '203.0.112.0/24', protocol: 'udp', port: 53 },
    ]);
    expect(hosts).toEqual([
      ['scores.example', '203.0.113.10'],
      ['scores.example', '203.0.113.11'],
    ]);
    expect(refused).toEqual([]);
  });

  it('is never private, local, this machine’s own or unknown, whatever a name says', async () => {
    const { targets, hosts, refused } = await resolveEgress(
      [tcp('inside.example', 80), tcp('node.example', 80), tcp('nowhere.example', 80)],
      lookup,
      ['198.51.100.7'],
    );
    expect(targets).toEqual([]);
    expect(hosts).toEqual([]);
    expect(refused).toHaveLength(9);
    expect(refused.at(-1)).toBe('nowhere.example: no such name');
  });

  it('becomes rules that let nothing else through', () => {
    const targets = [{ address: '203.0.113.10', protocol: 'tcp' as const, port: 443 }];
    expect(additions([...targets, ...targets])).toBe(
      'add element inet nearcade allowed { 203.0.113.10 . tcp . 443 }\n',
    );
    expect(additions([])).toBe('');
    expect(ruleset(targets).match(/policy drop/g)).toHaveLength(2);
  });
});
