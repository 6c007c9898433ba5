import { chown, mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts } from './accepts.ts';
import { inDesktopSandbox } from './desktop-sandbox.ts';
import { BASE_ENV } from './privileges.ts';
import { Service } from './service.ts';
import type { SlotUser } from './slot-user.ts';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 5;

/** Where its sandbox shows its folder. */
const INSIDE = '/run/pulse';

export interface PulseOptions {
  user: SlotUser;
  /** Directory that only the slot's user can enter: it is what guards the socket. */
  dir: string;
  /** The command line that starts one under the slot's limits. */
  enter: (argv: readonly string[]) => string[];
}

/**
 * A slot's PulseAudio: one sink, `game`, whose monitor is what players hear. Clients may not load modules: that would
 * let a game open files and sockets outside its sandbox. No shared memory: its files would survive a kill, and 192 kB/s need none.
 */
export async function startPulse({
  user,
  dir,
  enter,
}: PulseOptions): Promise<{ service: Service; socketPath: string }> {
  const own = `${dir}/pulse`;
  await mkdir(own, { recursive: true, mode: 0o700 });
  await chown(own, user.uid, user.gid);
  const inside = user.separate ? INSIDE : own;
  const argv = [
    'pulseaudio',
    ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--realtime=no', '--high-priority=no'],
    ...['--use-pid-file=no', '--disable-shm=yes', '--disallow-module-loading=yes', '--disallow-exit=yes'],
    ...['--log-target=stderr', '--log-level=error'],
    ...['-L', `module-native-protocol-unix auth-anonymous=1 socket=${inside}/socket`],
    ...['-L', 'module-null-sink sink_name=game rate=48000 channels=2'],
  ];
  const socketPath = `${own}/socket`;
  const service = await Service.startSandboxed(
    'PulseAudio',
    enter(inDesktopSandbox({ user, argv, writable: { [INSIDE]: own }, ipc: false })),
    { ...BASE_ENV, HOME: inside, XDG_RUNTIME_DIR: inside },
    user.separate,
  );
  try {
    await service.ready(
      answers(socketPath, () => service.running),
      START_TIMEOUT_MS,
    );
  } catch (error) {
    await service.stop();
    throw error;
  }
  return { service, socketPath };
}

async function answers(socketPath: string, goOn: () => boolean): Promise<void> {
  while (goOn() && !(await accepts(socketPath))) await sleep(POLL_MS);
}
