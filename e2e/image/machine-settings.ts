import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '#local/paths.ts';
import type { Machine } from './machine.ts';

const FILES = join(ROOT, 'media-node', 'image', 'files');

/** Lines of a settings file of ours, without remarks. */
function settingsOf(file: string, remark = '#'): string[] {
  const lines = readFileSync(join(FILES, file), 'utf8')
    .split('\n')
    .map(line => line.trim());
  return lines.filter(line => line !== '' && !line.startsWith(remark) && !line.startsWith('['));
}

/** Names and values of `name = value` lines; the last of a name counts. */
function assignments(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^-?([\w./]+) *= *(.*?) *$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

/** Tests of what a node's machine sets beside the node, each by the program that reads it. */
export function testSettings(machine: () => Machine): void {
  it('rotates a log that has grown, as logrotate reads it', async () => {
    const log = '/var/log/nearcade/test.log';
    await machine().run(['truncate', '--size=21M', log]);
    // All of Debian's with it, which a state of its own takes for just rotated.
    await machine().run(['logrotate', '--state', '/tmp/logrotate.state', '/etc/logrotate.conf']);
    const left = await machine().run(['ls', '/var/log/nearcade']);
    expect(left.trim().split('\n')).toContain('test.log.1');
    expect((await machine().run(['systemctl', 'is-enabled', 'logrotate.timer'])).trim()).toBe('enabled');
  });

  it('sets its clock by the servers that chrony reads', async () => {
    const read = await machine().run(['chronyd', '-p', '-f', '/etc/chrony/chrony.conf']);
    expect(read.split('\n').map(line => line.trim())).toEqual(
      expect.arrayContaining(settingsOf('chrony.conf')),
    );
    expect((await machine().run(['systemctl', 'is-enabled', 'chrony'])).trim()).toBe('enabled');
  });

  it('upgrades itself for security and never restarts, as apt reads it', async () => {
    const dump = (await machine().run(['apt-config', 'dump'])).split('\n');
    expect(dump).toEqual(expect.arrayContaining(settingsOf('apt.conf', '//')));
    expect(
      dump.filter(line => /Unattended-Upgrade::Origins-Pattern:: .*Debian-Security/.test(line)),
    ).not.toEqual([]);
    for (const timer of ['apt-daily.timer', 'apt-daily-upgrade.timer']) {
      expect((await machine().run(['systemctl', 'is-enabled', timer])).trim()).toBe('enabled');
    }
  });

  it('has a journal of the size that was set, and names of settings that journald knows', async () => {
    const conf = await machine().run(['systemd-analyze', 'cat-config', 'systemd/journald.conf']);
    // Debian's own file has them all, as remarks.
    const known = [...conf.matchAll(/^#(\w+)=/gm)].map(([, name]) => name);
    const ours = assignments(settingsOf('journald.conf').join('\n'));
    expect([...ours.keys()].filter(name => !known.includes(name))).toEqual([]);
    const inForce = assignments(conf);
    for (const [name, value] of ours) expect(inForce.get(name), name).toBe(value);
    expect(await machine().run(['journalctl', '--unit=systemd-journald', '--output=cat'])).toMatch(
      /^System Journal \(\/var\/log\/journal\/.*max 1\.0G/m,
    );
  });

  it("sets the kernel to its own values: no other file's come after them", async () => {
    const inForce = assignments(await machine().run(['/lib/systemd/systemd-sysctl', '--cat-config']));
    const ours = assignments(settingsOf('sysctl.conf').join('\n'));
    expect(ours.size).toBeGreaterThan(10);
    for (const [name, value] of ours) expect(inForce.get(name), name).toBe(value);
  });
}

/**
 * The control groups of a unit that delegates them, while a game runs: nothing is left in the unit's own, where cgroup v2 lets nothing be limited, and
 * where the kernel offers the unit its controllers the game is in a leaf of its own.
 */
export async function expectLeaves(machine: Machine, unit: string, game: string): Promise<void> {
  const own = `/system.slice/${unit}`;
  const read = async (file: string) => (await machine.run(['cat', `/sys/fs/cgroup${own}/${file}`])).trim();
  expect(await read('cgroup.procs')).toBe('');
  const pid = (await machine.run(['pgrep', '--exact', '--newest', game])).trim();
  const group = /^0::(.*)$/m.exec(await machine.run(['cat', `/proc/${pid}/cgroup`]))?.[1];
  const offered = (await read('cgroup.controllers')).split(' ');
  if (['memory', 'pids', 'cpu'].every(controller => offered.includes(controller))) {
    expect(group).toMatch(new RegExp(`^${own}/nearcade-\\d+-slot0(-[a-z]+)?$`));
  } else {
    // This kernel has them bound to cgroup v1, and the node says what that means.
    expect(group).toBe(`${own}/nearcade-node`);
    expect(await machine.run(['journalctl', '--unit', unit, '--output=cat'])).toContain(
      'no writable control groups: only process limits hold',
    );
  }
}
