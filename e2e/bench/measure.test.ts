import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure } from './measure.ts';
import { seededRandom } from './stats.ts';
import { UrlTarget } from './targets/url.ts';

/** The answer to a press, ms after it; every fourth press gets none. */
const DELAY_MS = 120;

/** A page that draws on a canvas at every frame, and its block in another colour DELAY_MS after a press. */
const PAGE = `<!doctype html><body style="margin:0"><canvas width="640" height="360"></canvas><script>
const canvas = document.querySelector('canvas');
const context = canvas.getContext('2d');
let colour = 0, presses = 0, frame = 0;
addEventListener('keydown', () => {
  if (++presses % 4 !== 0) setTimeout(() => colour++, ${DELAY_MS});
});
function draw() {
  context.fillStyle = 'hsl(' + (frame % 360) + ' 40% 40%)';
  context.fillRect(0, 0, 640, 360);
  frame++;
  for (let bit = 0; bit < 16; bit++) {
    context.fillStyle = (frame >> bit) & 1 ? '#fff' : '#000';
    context.fillRect(bit * 16, 0, 16, 16);
  }
  context.fillStyle = ['#d02020', '#20c020', '#3040e0'][colour % 3];
  context.fillRect(100, 200, 100, 100);
  requestAnimationFrame(draw);
}
draw();
if (location.hash === '#video') streamIt();
async function streamIt() {
  const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
  from.onicecandidate = e => to.addIceCandidate(e.candidate);
  to.onicecandidate = e => from.addIceCandidate(e.candidate);
  const video = document.createElement('video');
  video.muted = video.autoplay = true;
  document.body.append(video);
  to.ontrack = e => { video.srcObject = new MediaStream([e.track]); video.play(); };
  from.addTrack(canvas.captureStream(60).getVideoTracks()[0]);
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription);
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription);
}
</script>`;

describe('the measurement in the browser', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end(PAGE);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    url = `http://127.0.0.1:${address.port}/`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const measurePage = async (hash: string, selector: string) => {
    const watch = {
      block: { x: 150 / 640, y: 250 / 360 },
      counter: { x: 0, y: 6 / 360, width: 256 / 640, height: 4 / 360, cells: 16 },
    };
    const target = new UrlTarget({ url: `${url}${hash}`, selector, pids: [process.pid], key: 'KeyA', watch });
    return measure(await target.start(), { n: 8, random: seededRandom(1) });
  };

  /** No press is taken for answered before it was, nor any other change for an answer. */
  function expectTruth({ pressesMs, misses, p50, p99 }: Awaited<ReturnType<typeof measure>>): void {
    expect(pressesMs.map(ms => ms === null)).toEqual([false, false, false, true, false, false, false, true]);
    expect(misses).toBe(2);
    expect(Math.min(...pressesMs.map(ms => ms ?? Infinity))).toBeGreaterThanOrEqual(DELAY_MS);
    // Wide: this is no timed test.
    expect(p50).toBeLessThan(DELAY_MS + 500);
    expect(p99).toBe(Infinity);
  }

  it('sees a canvas change when it does, and no sooner', async () => {
    const seen = await measurePage('', 'canvas');
    expectTruth(seen);
    expect(seen.fps).toBeGreaterThan(5);
    expect(seen.firstFrameColdMs).toBeGreaterThan(0);
    expect(seen.jitterBufferMs).toBeNull();
  }, 60_000);

  it('sees a WebRTC video change, and reads its statistics', async () => {
    const seen = await measurePage('#video', 'video');
    expectTruth(seen);
    expect(seen.jitterBufferMs).toBeGreaterThan(0);
    expect(seen.decodeMs).toBeGreaterThan(0);
    expect(seen.codec).toMatch(/^video\//);
  }, 60_000);
});
