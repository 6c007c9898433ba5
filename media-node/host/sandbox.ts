import { lstatSync, readlinkSync } from 'node:fs';
import type { GameManifest } from '#shared/manifest.ts';
import { MATCHES_FD } from './match-lines.ts';
import { asSlotUser, BASE_ENV } from './privileges.ts';
import type { SlotUser } from './slot-user.ts';

/** Descriptors: bwrap reads its filter and its options from the one and the other, and tells its child's pid on the third. */
export const SECCOMP_FD = 3;
export const STATUS_FD = 4;
export const OPTIONS_FD = 5;

/** Bytes that each of the game's scratch directories may hold; they count as its memory. */
const SCRATCH_BYTES = 256 * 1024 * 1024;

/** Directories that a merged /usr has symbolic links for (Debian: usrmerge). */
const USR_LINKS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** bwrap makes parents of a private directory private as well; these everyone has to pass. */
const PARENTS = [
  '/etc',
  '/home',
  '/opt',
  '/opt/games',
  '/opt/games-build',
  '/run/nearcade',
  '/tmp/.X11-unix',
  '/var',
  '/var/cache',
];

/** The configuration that libraries need to start; nothing with names, hosts or secrets of the machine. */
const ETC = [
  'alternatives',
  'alsa',
  'asound.conf',
  'drirc',
  'fonts',
  'gtk-2.0',
  'gtk-3.0',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'openal',
  'pulse',
  'timidity',
];

/** Where the sandbox shows what. */
const INSIDE = {
  home: '/home/player',
  runtime: '/run/user',
  cookie: '/run/nearcade/xauthority',
  pulse: '/run/nearcade/pulse',
  display: '/tmp/.X11-unix/X0',
  padsLibrary: '/run/nearcade/pads.so',
  pads: '/run/nearcade/pads',
  devices: '/dev/input',
} as const;

export interface SandboxOptions {
  user: SlotUser;
  manifest: GameManifest;
  gameDir: string;
  buildDir: string;
  homeDir: string;
  /** Host paths of what the desktop offers. */
  displaySocket: string;
  cookiePath: string;
  pulseSocket: string;
  /** A directory of the slot's user for XDG_RUNTIME_DIR. */
  runtimeDir: string;
  passwdPath: string;
  groupPath: string;
  /** The names that a game with a network may reach; without it, it has none. */
  hostsPath?: string | undefined;
  pads?: SandboxPads | undefined;
}

/**
 * Host paths of the library that plugs in pads and of the socket on which it hears of them; or of the folder in which the session's own
 * input devices come and go.
 */
export type SandboxPads = { library: string; socket: string } | { devices: string };

/** The files that give the slot's uid a name inside the sandbox; the machine has none for it. */
export function accountFiles(user: SlotUser): { passwd: string; group: string } {
  return {
    passwd: `root:x:0:0::/:/usr/sbin/nologin\nplayer:x:${user.uid}:${user.gid}::${INSIDE.home}:/bin/sh\n`,
    group: `root:x:0:\nplayer:x:${user.gid}:\n`,
  };
}

export interface SandboxCommand {
  argv: string[];
  /** What bwrap reads from `OPTIONS_FD`: the game can read bwrap's command line, and the machine's paths are none of its business. */
  options: Buffer;
}

/**
 * The command line of a game in its sandbox (bubblewrap). As root, bwrap makes the mounts with root's rights, because the
 * project may lie where the slot's user cannot go (a clone in /root), and only then setpriv drops to the slot's user:
 * running bwrap as that user from the start would fail there. The game itself never holds a right: no capability, no
 * new privileges, a bounding set that is empty. bwrap's own init keeps the three that setpriv needs and is out of
 * the game's reach, being another user's. Without root, bwrap maps a user namespace instead.
 */
export function sandboxCommand(options: SandboxOptions): SandboxCommand {
  const { user, manifest } = options;
  // The manifest's words take effect after the drop: a PATH or LD_AUDIT of the game's would else choose what setpriv is.
  const variables = Object.entries(environment(manifest)).map(([name, value]) => `${name}=${value}`);
  const start = ['env', '-i', `--chdir=${INSIDE.home}`, ...variables, ...padVariables(options)];
  const game = [...start, ...manifest.command];
  return {
    // Only the slot's user may enter its home, so it goes there itself, after setpriv.
    argv: ['bwrap', '--args', String(OPTIONS_FD), '--', ...asSlotUser(user, game, false)],
    options: Buffer.from(bwrapOptions(options).join('\0')),
  };
}

function bwrapOptions(options: SandboxOptions): string[] {
  const { user, manifest } = options;
  return [
    ...namespaces(user, options.hostsPath !== undefined),
    ...['--seccomp', String(SECCOMP_FD), '--json-status-fd', String(STATUS_FD)],
    ...systemMounts(),
    ...['--ro-bind', options.passwdPath, '/etc/passwd', '--ro-bind', options.groupPath, '/etc/group'],
    ...['--ro-bind', options.displaySocket, INSIDE.display],
    ...['--ro-bind', options.cookiePath, INSIDE.cookie],
    ...['--ro-bind', options.pulseSocket, INSIDE.pulse],
    ...padMounts(options),
    ...['--bind', options.runtimeDir, INSIDE.runtime],
    ...['--bind', options.homeDir, INSIDE.home],
    ...['--ro-bind', options.gameDir, `/opt/games/${manifest.slug}`],
    ...['--ro-bind-try', options.buildDir, `/opt/games-build/${manifest.slug}`],
    ...networkMounts(options.hostsPath),
    ...['--remount-ro', '/'],
    ...['--setenv', 'PATH', BASE_ENV.PATH ?? ''],
    ...['--chdir', '/'],
  ];
}

function padMounts({ pads }: SandboxOptions): string[] {
  if (pads === undefined) return [];
  if ('devices' in pads) return ['--dev-bind', pads.devices, INSIDE.devices];
  return ['--ro-bind', pads.library, INSIDE.padsLibrary, '--ro-bind', pads.socket, INSIDE.pads];
}

/** For the game alone, not for what starts it. A pad is heard even while no window of the game has the keyboard. */
function padVariables({ pads }: SandboxOptions): string[] {
  if (pads === undefined) return [];
  // No udev is told of there: the folder is to be watched.
  if ('devices' in pads) return ['SDL_JOYSTICK_DISABLE_UDEV=1', 'SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS=1'];
  return [
    `LD_PRELOAD=${INSIDE.padsLibrary}`,
    `NEARCADE_PADS=${INSIDE.pads}`,
    'SDL_JOYSTICK_ALLOW_BACKGROUND_EVENTS=1',
  ];
}

/** `hasNetwork`: the game starts in the network namespace that it is to have. */
function namespaces(user: SlotUser, hasNetwork: boolean): string[] {
  const identity = user.separate
    ? ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--cap-add', 'CAP_SETPCAP']
    : ['--unshare-user', '--disable-userns'];
  return [
    // Not the IPC namespace: the game shares its slot's, where display and capture are (MIT-SHM).
    ...['--unshare-pid', ...(hasNetwork ? [] : ['--unshare-net']), '--unshare-uts', '--unshare-cgroup-try'],
    ...['--hostname', 'nearcade', '--die-with-parent', '--new-session', '--clearenv'],
    ...['--cap-drop', 'ALL', ...identity],
  ];
}

/** The system's programs, libraries and fonts, nothing that names the machine, and scratch space of its own. */
export function systemMounts(): string[] {
  const scratch = (path: string) => ['--perms', '1777', '--size', String(SCRATCH_BYTES), '--tmpfs', path];
  return [
    ...['--ro-bind', '/usr', '/usr'],
    ...USR_LINKS.flatMap(usrLink),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...scratch('/dev/shm'),
    ...scratch('/tmp'),
    ...['--tmpfs', '/run'],
    ...PARENTS.flatMap(path => ['--perms', '0755', '--dir', path]),
    ...ETC.flatMap(name => ['--ro-bind-try', `/etc/${name}`, `/etc/${name}`]),
    ...['--ro-bind-try', '/var/cache/fontconfig', '/var/cache/fontconfig'],
  ];
}

/** Where the nsswitch.conf that goes with a hosts file lies. */
export const switchPathOf = (hostsPath: string): string => `${hostsPath}.switch`;

function networkMounts(hostsPath: string | undefined): string[] {
  if (hostsPath === undefined) return [];
  return [
    ...['--ro-bind', hostsPath, '/etc/hosts'],
    ...['--ro-bind', switchPathOf(hostsPath), '/etc/nsswitch.conf'],
    ...['--ro-bind-try', '/etc/ssl/certs', '/etc/ssl/certs'],
  ];
}

function usrLink(name: string): string[] {
  const path = `/${name}`;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return found.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}

function environment(manifest: GameManifest): Record<string, string> {
  return {
    ...manifest.env,
    PATH: manifest.env.PATH ?? BASE_ENV.PATH ?? '',
    LANG: manifest.env.LANG ?? BASE_ENV.LANG ?? '',
    HOME: INSIDE.home,
    USER: 'player',
    LOGNAME: 'player',
    XDG_RUNTIME_DIR: INSIDE.runtime,
    DISPLAY: ':0',
    XAUTHORITY: INSIDE.cookie,
    PULSE_SERVER: `unix:${INSIDE.pulse}`,
    // 20 ms is the smallest that PulseAudio's null sink holds without gaps on a busy machine.
    PULSE_LATENCY_MSEC: manifest.env.PULSE_LATENCY_MSEC ?? '20',
    SDL_AUDIODRIVER: manifest.env.SDL_AUDIODRIVER ?? 'pulseaudio',
    ...(manifest.leaderboards.length > 0 ? { NEARCADE_MATCHES: String(MATCHES_FD) } : {}),
  };
}
