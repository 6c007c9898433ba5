import type { ChildProcess } from 'node:child_process';
import { chmod, chown, mkdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { NearcadeError } from '#shared/errors.ts';
import type { LayoutId } from '#shared/keyboard-layouts.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { X11Input } from '../input/x11-input.ts';
import { Desktop } from './desktop.ts';
import { lookupAddresses } from './egress/addresses.ts';
import { GameNetwork } from './egress/network.ts';
import { GamePads } from './game-pads.ts';
import { SandboxedGame } from './game-process.ts';
import { holdHome, homeAhead, prepareHome } from './home.ts';
import { DisplayLayout } from './keyboard-layout.ts';
import { besideIpcOf } from './privileges.ts';
import { underProcessLimits } from './process-limits.ts';
import { gameAllowance, openResourceLimits } from './resource-limits.ts';
import { accountFiles, sandboxCommand, switchPathOf } from './sandbox.ts';
import { seccompFilter } from './seccomp.ts';
import { SlotTools } from './slot-tools.ts';
import { expectUnused, killAll, type SlotUser, slotUser } from './slot-user.ts';
import type {
  GameProcess,
  HostedSlot,
  HostFailure,
  LaunchOptions,
  SlotHostOptions,
  ToolOptions,
} from './types.ts';

/** Others may pass through, not look around: the slots' own directories are below. */
const PASS_THROUGH = 0o711;
const OWNER_ONLY = 0o700;

/**
 * One slot of the node: a display, its sound, and the game that plays there, under a user of its own. Opened warm,
 * before a player comes. Owns, and ends in this order: game, tools, PulseAudio, Xvfb, then the files.
 */
export class SlotHost implements HostedSlot {
  readonly index: number;
  readonly #options: SlotHostOptions;
  readonly #user: SlotUser;
  readonly #dir: string;
  readonly #log: Logger;
  readonly #filter = seccompFilter();
  readonly #failureListeners = new Set<(failure: HostFailure) => void>();
  readonly #tools: SlotTools;
  #desktop: Desktop | undefined;
  #game: GameProcess | undefined;
  /** Tells the game's keepers that its home is elsewhere now, and that it is played. */
  #onMoved: (home: string) => void = () => undefined;
  #network: GameNetwork | undefined;
  #pads: GamePads | undefined;
  #layout: DisplayLayout | undefined;
  #resetting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: SlotHostOptions) {
    this.index = options.index;
    this.#options = options;
    this.#user = slotUser(options.uidBase, options.index);
    this.#dir = `${options.runtimeDir}/slot-${options.index}`;
    this.#tools = new SlotTools(this.#user, this.#dir);
    this.#log = options.log.child({ slot: options.index });
  }

  /** Throws `host_failed`; then nothing of the slot is left behind. */
  static async open(options: SlotHostOptions): Promise<SlotHost> {
    const host = new SlotHost(options);
    if (!host.#user.separate) {
      host.#log.warn('not root: slots share the node’s user and are kept apart by namespaces only');
    }
    await expectUnused(host.#user);
    await chmod(options.runtimeDir, PASS_THROUGH);
    try {
      await host.#start();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  get displayEnv(): Readonly<Record<string, string>> {
    return this.#running.env;
  }

  get pids(): readonly number[] {
    const tools = this.#tools.pids;
    return [...(this.#desktop?.pids ?? []), ...tools, ...(this.#game === undefined ? [] : [this.#game.pid])];
  }

  get displayAnswers(): boolean {
    return this.#desktop?.displayAnswers ?? false;
  }

  get input(): X11Input {
    return this.#running.input;
  }

  spawnTool(argv: readonly string[], { env = {}, stdio = 'pipe' }: ToolOptions = {}): ChildProcess {
    const { ipcPid } = this.#running;
    return this.#tools.spawn(argv, ipcPid, { stdio, env: { ...this.displayEnv, ...env } });
  }

  async setKeyboardLayout(layout: LayoutId): Promise<void> {
    await this.#layout?.set(layout);
  }

  async setPicture(width: number, height: number): Promise<void> {
    const { maxWidth, maxHeight } = this.#options;
    if (width > maxWidth || height > maxHeight) {
      throw new NearcadeError(
        'host_failed',
        `The game wants ${width}x${height}; this slot shows at most ${maxWidth}x${maxHeight}`,
      );
    }
    await this.#running.setPicture(width, height);
  }

  async launchGame(options: LaunchOptions): Promise<GameProcess> {
    const { manifest, homeDir, sessionId } = options;
    const desktop = this.#running;
    if (this.#game !== undefined) throw new NearcadeError('slot_busy');
    await prepareHome(this.#user, this.#options.dataDir, homeDir);
    const log = this.#log.child({ session: sessionId, game: manifest.slug });
    // Before the game, which finds its pads through it.
    const pads = await GamePads.open({
      input: manifest.input,
      dir: this.#dir,
      user: this.#user,
      library: this.#options.padsLibrary,
      uinput: this.#options.uinput,
      log,
    });
    this.#pads = pads;
    const network = await this.#openNetwork(manifest, log);
    const sandbox = sandboxCommand({
      user: this.#user,
      manifest,
      gameDir: options.gameDir,
      buildDir: options.buildDir,
      homeDir,
      displaySocket: desktop.displaySocket,
      cookiePath: desktop.cookiePath,
      pulseSocket: desktop.pulseSocket,
      runtimeDir: `${this.#dir}/xdg`,
      passwdPath: `${this.#dir}/passwd`,
      groupPath: `${this.#dir}/group`,
      hostsPath: network && this.#hostsPath,
      pads: pads?.sandbox,
    });
    const limits = openResourceLimits(this.#groupName, gameAllowance(manifest.needs), log);
    desktop.input.configureSeats(manifest.input, pads?.port);
    const game = SandboxedGame.start({
      argv: limits.enter(
        underProcessLimits(
          manifest.needs,
          besideIpcOf(this.#user, desktop.ipcPid, network?.enter(sandbox.argv) ?? sandbox.argv),
        ),
      ),
      filter: this.#filter,
      options: sandbox.options,
      windowShown: desktop.windows.nextWindow(),
      hasMatches: manifest.leaderboards.length > 0,
      ranOutOfMemory: () => limits.ranOutOfMemory(),
      desktopSettled: () => desktop.settled(),
      log,
    });
    this.#game = game;
    const hold = (home: string) => holdHome(home, manifest, () => game.stopFor('disk'), log);
    let disk = hold(homeDir);
    this.#onMoved = home => {
      disk.close();
      disk = hold(home);
      desktop.input.configureSeats(manifest.input, pads?.port);
    };
    void game.exited.then(async exit => {
      disk.close();
      await network?.close();
      log.info({ ...exit }, 'the game ended');
      await limits.close().catch(error => log.warn({ err: error }, 'a control group is left behind'));
    });
    return game;
  }

  async freshHome(): Promise<string> {
    const home = homeAhead(this.#options.dataDir, this.index);
    await rm(home, { recursive: true, force: true });
    await mkdir(home, { recursive: true, mode: OWNER_ONLY });
    return home;
  }

  async moveHome(to: string): Promise<void> {
    // What the sandbox has mounted is the folder, whatever it is called.
    await rmdir(to);
    await rename(homeAhead(this.#options.dataDir, this.index), to);
    this.#onMoved(to);
  }

  async endGame(): Promise<void> {
    await this.#game?.close(0);
    this.#game = undefined;
    await this.#network?.close();
    this.#network = undefined;
    await this.#pads?.close();
    this.#pads = undefined;
    await rm(homeAhead(this.#options.dataDir, this.index), { recursive: true, force: true });
  }

  onFailure(listener: (failure: HostFailure) => void): () => void {
    this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  reset(): Promise<void> {
    this.#resetting ??= this.#restart().finally(() => {
      this.#resetting = undefined;
    });
    return this.#resetting;
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  /** Undefined for a game that has none. Throws `host_failed`. */
  async #openNetwork({ network }: GameManifest, log: Logger): Promise<GameNetwork | undefined> {
    if (network === false) return undefined;
    this.#network = await GameNetwork.open({
      name: this.#groupName,
      user: this.#user,
      hostsPath: this.#hostsPath,
      egress: network.egress,
      lookup: this.#options.lookup ?? lookupAddresses,
      log,
    });
    return this.#network;
  }

  get #hostsPath(): string {
    // Beside the slot's own directory: we write it while the game runs, and nobody else may put a link there.
    return `${this.#options.runtimeDir}/hosts-${this.index}`;
  }

  get #groupName(): string {
    return `nearcade-${process.pid}-slot${this.index}`;
  }

  get #running(): Desktop {
    if (this.#desktop === undefined) throw new NearcadeError('host_failed', 'The slot is not running');
    return this.#desktop;
  }

  async #start(): Promise<void> {
    const { uid, gid } = this.#user;
    for (const dir of [this.#dir, `${this.#dir}/xdg`]) {
      await mkdir(dir, { recursive: true, mode: OWNER_ONLY });
      await chown(dir, uid, gid);
    }
    const { passwd, group } = accountFiles(this.#user);
    await writeFile(`${this.#dir}/passwd`, passwd);
    await writeFile(`${this.#dir}/group`, group);
    this.#desktop = await Desktop.open({
      name: this.#groupName,
      user: this.#user,
      dir: this.#dir,
      width: this.#options.maxWidth,
      height: this.#options.maxHeight,
      log: this.#log,
      onFailure: failure => {
        this.#log.error({ ...failure }, 'display or sound ended by itself');
        for (const listener of this.#failureListeners) listener(failure);
      },
    });
    const { input } = this.#desktop;
    this.#layout = new DisplayLayout({
      spawn: argv => this.spawnTool(argv, { stdio: 'ignore' }),
      onChanged: () => input.keymapChanged(),
      onFailed: detail => this.#log.warn({ detail }, 'the keyboard layout stays as it was'),
    });
  }

  async #stop(): Promise<void> {
    await this.#game?.close();
    await this.endGame();
    this.#tools.killAll();
    this.#layout = undefined;
    await this.#desktop?.close();
    this.#desktop = undefined;
    await killAll(this.#user);
    for (const path of [this.#dir, this.#hostsPath, switchPathOf(this.#hostsPath)]) {
      await rm(path, { recursive: true, force: true });
    }
  }

  async #restart(): Promise<void> {
    await this.#stop();
    if (this.#closing === undefined) await this.#start();
  }

  async #end(): Promise<void> {
    await this.#resetting?.catch(() => undefined); // told to who asked for it
    await this.#stop();
    this.#failureListeners.clear();
  }
}
