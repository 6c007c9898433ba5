import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSlotUser, BASE_ENV, inOwnNamespaces } from './privileges.ts';
import { Service } from './service.ts';
import type { SlotUser } from './slot-user.ts';

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 5;

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
  const socketPath = `${dir}/pulse-socket`;
  const argv = [
    'pulseaudio',
    ...['-n', '--daemonize=no', '--exit-idle-time=-1', '--realtime=no', '--high-priority=no'],
    ...['--use-pid-file=no', '--disable-shm=yes', '--disallow-module-loading=yes', '--disallow-exit=yes'],
    ...['--log-target=stderr', '--log-level=error'],
    ...['-L', `module-native-protocol-unix auth-anonymous=1 socket=${socketPath}`],
    ...['-L', 'module-null-sink sink_name=game rate=48000 channels=2'],
  ];
  const service = Service.start(
    'PulseAudio',
    enter(inOwnNamespaces(user, asSlotUser(user, argv, true), false)),
    {
      env: { ...BASE_ENV, HOME: dir, XDG_RUNTIME_DIR: dir },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
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

function accepts(socketPath: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
