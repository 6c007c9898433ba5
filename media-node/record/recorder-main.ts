import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { Depacketizer, parseRtp } from './depacketize.ts';
import { Movie } from './movie.ts';
import { type RecorderEvent, recorderJobSchema } from './protocol.ts';

/** Milliseconds between two asks for a key frame. */
const ASK_PAUSE_MS = 500;

/** Milliseconds of a fragment, which begins with a key frame and is in memory until it is whole: what a crash may cost. */
const KEY_PAUSE_MS = 30_000;

/** Bytes that the kernel keeps while a key frame is written. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

function tell(event: RecorderEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function listen(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Records until its standard input ends, or a bound is reached. */
async function main(): Promise<void> {
  const job = recorderJobSchema.parse(JSON.parse(process.argv[2] ?? ''));
  // Whoever plays comes first.
  setPriority(constants.priority.PRIORITY_LOW);
  const path = `${job.path}.${job.codec === 'h264' ? 'mp4' : 'webm'}`;
  const movie = new Movie({ ...job, path });
  const [video, audio] = await Promise.all([listen(), listen()]);
  const pictures = new Depacketizer(job.codec);
  const stopped = Promise.withResolvers<void>();
  let askedAt = 0;
  let keyAt = performance.now();
  const check = (written: Promise<void>) => {
    written.catch(error => stopped.reject(error));
    if (movie.bytes >= job.maxBytes || movie.seconds >= job.maxSeconds) stopped.resolve();
  };
  video.on('message', datagram => {
    const packet = parseRtp(datagram);
    if (packet === undefined) return;
    const frame = pictures.take(packet);
    const now = performance.now();
    if (frame !== undefined) {
      if (movie.frames === 0) tell({ type: 'begun' });
      if (frame.key) keyAt = now;
      check(movie.addFrame(frame, now));
    }
    const needsKey = (frame === undefined && pictures.needsKey) || now - keyAt > KEY_PAUSE_MS;
    if (needsKey && now - askedAt > ASK_PAUSE_MS) {
      askedAt = now;
      tell({ type: 'need_key_frame' });
    }
  });
  audio.on('message', datagram => {
    const packet = parseRtp(datagram);
    if (packet !== undefined && packet.payload.length > 0) {
      check(movie.addSound(packet.timestamp, packet.payload, performance.now()));
    }
  });
  process.stdin.on('end', () => stopped.resolve()).resume();
  // The node tells by the pipe: a signal to the whole group must not cut the file off.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  tell({ type: 'ready', videoPort: video.address().port, audioPort: audio.address().port });
  await stopped.promise;
  video.close();
  audio.close();
  const { bytes, seconds, frames } = movie;
  if (frames > 0) await movie.finish();
  tell({ type: 'done', path, bytes, seconds, frames, losses: pictures.losses });
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
