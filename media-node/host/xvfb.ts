import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { accepts } from './accepts.ts';
import { inDesktopSandbox } from './desktop-sandbox.ts';
import { BASE_ENV } from './privileges.ts';
import { Service } from './service.ts';
import type { SlotUser } from './slot-user.ts';
import { COOKIE_NAME, socketPathOf, type XAddress } from './x-connection.ts';

/** It takes a quarter of a second on a busy machine; more than this and something is wrong. */
const START_TIMEOUT_MS = 10_000;

/** Matches any host and, with an empty display number, any display: the game sees the same server as :0 (Xau, FamilyWild). */
const FAMILY_WILD = 0xffff;

const DISPLAY_FD = 3;

/** Display of the slot with the lowest uid that is allowed: X servers that pick for themselves begin at 0. */
const FIRST_DISPLAY = 1000;
/** What `uidBase` may be at least (config.ts). */
const LOWEST_UID = 1000;
/** X's display numbers end where 6000 + number would leave the range of ports. */
const DISPLAYS = 50_000;

const SOCKET_DIRECTORY = '/tmp/.X11-unix';
/** Anyone may add a socket, only its owner remove it. */
const ANYONE_ADDS = 0o1777;

/** Where the sandbox shows the cookie. */
const COOKIE_INSIDE = '/run/xauthority';

export interface XvfbOptions {
  user: SlotUser;
  /** Directory of the slot's user, where the cookie goes. */
  dir: string;
  width: number;
  height: number;
  /** The command line that starts one under the slot's limits. */
  enter: (argv: readonly string[]) => string[];
}

/** A slot's X server. It has a display number of its own and takes only clients that know its cookie, over its Unix socket. */
export class Xvfb implements AsyncDisposable {
  readonly service: Service;
  readonly address: XAddress;
  readonly cookiePath: string;
  /** Its number is its slot's, and no other server's. */
  readonly #ownNumber: boolean;

  private constructor(service: Service, address: XAddress, cookiePath: string, ownNumber: boolean) {
    this.service = service;
    this.#ownNumber = ownNumber;
    this.address = address;
    this.cookiePath = cookiePath;
  }

  static async start({ user, dir, width, height, enter }: XvfbOptions): Promise<Xvfb> {
    await openSocketDirectory(user);
    await removeStale(user);
    const cookie = randomBytes(16);
    const cookiePath = `${dir}/xauthority`;
    await writeFile(cookiePath, xauthority(cookie), { mode: 0o600 });
    await chown(cookiePath, user.uid, user.gid);
    const sockets = await ownSockets(user, dir);
    const argv = [
      'Xvfb',
      ...(user.separate ? [`:${displayOf(user)}`] : []),
      ...['-displayfd', String(DISPLAY_FD), '-auth', user.separate ? COOKIE_INSIDE : cookiePath],
      ...['-screen', '0', `${width}x${height}x24`],
      ...['-nolisten', 'tcp', '-noreset', '-s', '0'],
      // With -displayfd servers take no lock, and one that root starts takes the socket of any other away. Separate users
      // have numbers of their own, far from those that servers pick by themselves; those of one user are kept apart by
      // the abstract socket, which the kernel gives to one alone.
      ...(user.separate ? ['-nolisten', 'local'] : []),
    ];
    const sandbox = inDesktopSandbox({
      user,
      argv,
      writable: { [SOCKET_DIRECTORY]: sockets },
      readable: { [COOKIE_INSIDE]: cookiePath },
      ipc: true,
    });
    const service = await Service.startSandboxed('Xvfb', enter(sandbox), BASE_ENV, user.separate);
    try {
      const number = await service.ready(
        displayNumber(service.child.stdio[DISPLAY_FD] as Readable),
        START_TIMEOUT_MS,
      );
      return new Xvfb(service, { number, cookie }, cookiePath, user.separate);
    } catch (error) {
      await service.stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service.stop();
    await this.#removeLeftovers();
  }

  /** One that was killed leaves socket and lock; the number may have been taken by another server since, so only what names our pid goes. */
  async #removeLeftovers(): Promise<void> {
    const { number } = this.address;
    if (this.#ownNumber) await rm(socketPathOf(number), { force: true });
    const lock = `/tmp/.X${number}-lock`;
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (owner !== this.service.pid) return;
    await rm(socketPathOf(number), { force: true });
    await rm(lock, { force: true });
  }
}

/** One number a uid. */
function displayOf(user: SlotUser): number {
  return FIRST_DISPLAY + ((user.uid - LOWEST_UID) % DISPLAYS);
}

/** The number comes in two writes, and Xvfb dies when the pipe closes before the newline. */
async function displayNumber(pipe: Readable): Promise<number> {
  let text = '';
  for await (const chunk of pipe) {
    text += String(chunk);
    if (text.includes('\n')) return Number(text);
  }
  // It ended before it said its number: whoever waits hears of that end.
  return new Promise(() => undefined);
}

/** A file of one cookie, as Xau writes it: big-endian lengths before address, display number, name and data. */
function xauthority(cookie: Buffer): Buffer {
  const family = Buffer.alloc(2);
  family.writeUInt16BE(FAMILY_WILD);
  const fields = [Buffer.alloc(0), Buffer.alloc(0), Buffer.from(COOKIE_NAME), cookie];
  return Buffer.concat([family, ...fields.flatMap(field => [lengthOf(field), field])]);
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(field.length);
  return length;
}

/** Sockets and locks that a killed node's server left, and with them its display number. Nothing of the user's runs now. */
async function removeStale(user: SlotUser): Promise<void> {
  if (!user.separate) return;
  for (const [dir, pattern] of [
    [SOCKET_DIRECTORY, /^X\d+$/],
    ['/tmp', /^\.X\d+-lock$/],
  ] as const) {
    for (const name of await readdir(dir)) {
      if (!pattern.test(name)) continue;
      const path = `${dir}/${name}`;
      const owner = await lstat(path).catch(() => undefined);
      if (owner?.uid === user.uid) await rm(path, { force: true });
    }
  }
}

/**
 * A folder for the sockets of this server alone, which it sees where all servers have theirs; a link leads from there to its socket.
 * Like that place it has to be root's and sticky, or the server does not take it.
 */
async function ownSockets(user: SlotUser, dir: string): Promise<string> {
  if (!user.separate) return SOCKET_DIRECTORY;
  const own = `${dir}/x11`;
  await mkdir(own, { recursive: true });
  await chmod(own, ANYONE_ADDS);
  const link = socketPathOf(displayOf(user));
  // Numbers of uids far apart are the same: what one left behind that was killed is in nobody's way.
  if (!(await accepts(link))) await rm(link, { force: true });
  // It stays root's, as the folder is: of a link that is another's in a sticky folder the kernel lets nobody else go on, not even root
  // (proc_sys_fs(5), protected_symlinks, which Debian sets).
  await symlink(`${own}/X${displayOf(user)}`, link);
  return own;
}

/** Where X servers of every user have their sockets; only root may make it right (X servers that are not root check that it is). */
async function openSocketDirectory(user: SlotUser): Promise<void> {
  if (!user.separate) return;
  await mkdir(SOCKET_DIRECTORY, { recursive: true });
  // Whatever the umask was, and whoever made it.
  await chmod(SOCKET_DIRECTORY, ANYONE_ADDS);
}
