/** What the page is told to watch. Places are parts (0 to 1) of the picture's width and height. */
export interface Watch {
  /** CSS selector of the <video> or <canvas>; of several the largest counts. */
  selector: string;
  /** Centre of what changes on each press. */
  block: { x: number; y: number };
  /**
   * A row of dark and light cells that is different in every frame of the program, for the frames per second; x and y of
   * its upper left corner. Absent where there is none.
   */
  counter?: { x: number; y: number; width: number; height: number; cells: number };
}

/** Times are performance.now() of the page, in ms. */
export interface Press {
  /** The trusted keydown's timeStamp: when the browser got the press. */
  at: number;
  /** Start of the first rendering step (requestVideoFrameCallback or requestAnimationFrame) with another colour. */
  changedAt: number | null;
}

export interface Observation {
  presses: Press[];
  /** When the watched element first had a picture. */
  firstPictureAt: number | null;
  /** timeStamp of the last trusted click. */
  clickedAt: number | null;
  /** Pictures in which the counter strip had changed. */
  changedFrames: number;
  samples: number;
  /** Time that sampling took from the page's thread, and from begin to end with the copy elsewhere, sums in ms. */
  samplingMs: number;
  copyingMs: number;
  now: number;
}

/** What the observer answers to the bench through page.evaluate. */
export interface Observer {
  /** Forgets what was seen, so that the next picture counts as the first. */
  restart(): void;
  /** Forgets the presses and counts. */
  begin(): void;
  /** Resolves when the last press has shown, true, or has not within `timeoutMs` of it, false. */
  settled(timeoutMs: number): Promise<boolean>;
  observation(): Observation;
  /** Sums over all inbound video of all peer connections (W3C webrtc-stats); undefined without one. */
  videoStats(): Promise<VideoStats | undefined>;
  /** What all peer connections receive. */
  inbound(): Promise<RTCInboundRtpStreamStats[]>;
}

export interface VideoStats {
  jitterBufferS: number;
  jitterBufferFrames: number;
  decodeS: number;
  decodedFrames: number;
  droppedFrames: number;
  packetsLost: number;
  packets: number;
  bytes: number;
  freezes: number;
  codec: string;
}

declare global {
  interface Window {
    benchObserver: Observer;
  }
}

/**
 * Runs in the page before its own scripts (page.addInitScript): looks at a few pixels of each picture that is shown.
 *
 * A <video> is sampled in requestVideoFrameCallback, a <canvas> at the end of each requestAnimationFrame, after the
 * page's own callbacks; both by `new VideoFrame(element)` and copyTo of 8x8 pixels (WebCodecs), which takes about 0.3 ms
 * where drawing a video to a canvas to read it takes 9. The moment that counts is taken before the copy.
 * The function must not refer to anything outside itself: its source is sent to the browser.
 */
export function installObserver(watch: Watch): void {
  if (window !== window.top) return;
  const BLOCK_PX = 8;
  /** Sum of differences of the planes' means: far above what compression does to a flat block, far below a new colour. */
  const CHANGED = 30;
  /** An empty canvas is transparent or one dark grey; a picture is brighter than this somewhere in the block. */
  const DARK = 64;
  const peers: RTCPeerConnection[] = [];
  let element: HTMLVideoElement | HTMLCanvasElement | null = null;
  let presses: Press[] = [];
  let baseline: number[] | null = null;
  let latest: number[] | null = null;
  let latestCounter = '';
  let onSettled: (() => void) | null = null;
  let seen = { firstPictureAt: null as number | null, clickedAt: null as number | null };
  let counts = { changedFrames: 0, samples: 0, samplingMs: 0, copyingMs: 0 };

  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(target, args, newTarget) {
      const peer = Reflect.construct(target, args, newTarget) as RTCPeerConnection;
      peers.push(peer);
      return peer;
    },
  });
  addEventListener(
    'keydown',
    event => {
      if (!event.isTrusted || event.repeat) return;
      baseline = latest;
      presses.push({ at: event.timeStamp, changedAt: null });
    },
    { capture: true },
  );
  addEventListener(
    'click',
    event => {
      if (event.isTrusted) seen.clickedAt = event.timeStamp;
    },
    { capture: true },
  );

  /** Mean of each plane (or channel) of a small rectangle. */
  function means(data: Uint8Array, planes: PlaneLayout[], format: string, width: number, height: number) {
    if (format.startsWith('R') || format.startsWith('B')) {
      const sums = [0, 0, 0];
      for (let row = 0; row < height; row++) {
        for (let at = 0; at < width * 4; at++) {
          const channel = at & 3;
          if (channel < 3)
            sums[channel] =
              (sums[channel] ?? 0) +
              (data[(planes[0]?.offset ?? 0) + row * (planes[0]?.stride ?? 0) + at] ?? 0);
        }
      }
      return sums.map(sum => sum / (width * height));
    }
    return planes.map((plane, index) => {
      const rows = index === 0 ? height : height / 2;
      const columns = index === 0 || format === 'NV12' ? width : width / 2;
      let sum = 0;
      for (let row = 0; row < rows; row++)
        for (let at = 0; at < columns; at++) sum += data[plane.offset + row * plane.stride + at] ?? 0;
      return sum / (rows * columns);
    });
  }

  /** Which cells of the counter are light, by the mean of each one's middle half: compression blurs their edges. */
  function cells(
    data: Uint8Array,
    plane: PlaneLayout | undefined,
    format: string,
    width: number,
    count: number,
  ): string {
    // Luma, or green, which is most of it.
    const [step, first] = format.startsWith('R') || format.startsWith('B') ? [4, 1] : [1, 0];
    let text = '';
    for (let cell = 0; cell < count; cell++) {
      const left = Math.floor(((cell + 0.25) * width) / count);
      const right = Math.max(left + 1, Math.floor(((cell + 0.75) * width) / count));
      let sum = 0;
      for (let x = left; x < right; x++) sum += data[(plane?.offset ?? 0) + x * step + first] ?? 0;
      text += sum / (right - left) > 128 ? '1' : '0';
    }
    return text;
  }

  async function copy(frame: VideoFrame, x: number, y: number, width: number, height: number) {
    const rect = { x, y, width, height };
    const data = new Uint8Array(frame.allocationSize({ rect }));
    const planes = await frame.copyTo(data, { rect });
    return { data, planes };
  }

  /** Even, and inside the picture: chroma planes have half the size. */
  const even = (value: number, most: number) => Math.max(0, Math.min(Math.floor(value / 2) * 2, most));

  async function sample(source: HTMLVideoElement | HTMLCanvasElement, at: number): Promise<void> {
    const begun = performance.now();
    let frame: VideoFrame;
    try {
      frame = new VideoFrame(source, source instanceof HTMLVideoElement ? {} : { timestamp: 0 });
    } catch {
      return; // nothing in it yet
    }
    try {
      const width = frame.displayWidth;
      const height = frame.displayHeight;
      const x = even(watch.block.x * width - BLOCK_PX / 2, width - BLOCK_PX);
      const y = even(watch.block.y * height - BLOCK_PX / 2, height - BLOCK_PX);
      const area = watch.counter;
      const format = frame.format ?? 'RGBA';
      const block = copy(frame, x, y, BLOCK_PX, BLOCK_PX);
      const stripWidth = Math.max(2, even((area?.width ?? 0) * width, width));
      const counter =
        area &&
        copy(
          frame,
          even(area.x * width, width - 2),
          even(area.y * height, height - 2),
          stripWidth,
          Math.max(2, even(area.height * height, height)),
        );
      counts.samplingMs += performance.now() - begun;
      const copied = await block;
      const strip = await counter;
      counts.copyingMs += performance.now() - begun;
      counts.samples++;
      if (source !== element) return;
      judge(
        means(copied.data, copied.planes, format, BLOCK_PX, BLOCK_PX),
        strip && area && cells(strip.data, strip.planes[0], format, stripWidth, area.cells),
        at,
        source,
      );
    } finally {
      frame.close();
    }
  }

  function judge(block: number[], strip: string | undefined, at: number, source: Element): void {
    if (source instanceof HTMLVideoElement || block.some(value => value > DARK)) seen.firstPictureAt ??= at;
    if (strip !== undefined) {
      if (latestCounter !== '' && strip !== latestCounter) counts.changedFrames++;
      latestCounter = strip;
    }
    latest = block;
    const press = presses.at(-1);
    if (press === undefined || press.changedAt !== null || at < press.at) return;
    baseline ??= block;
    const difference = block.reduce((sum, value, i) => sum + Math.abs(value - (baseline?.[i] ?? value)), 0);
    if (difference < CHANGED) return;
    press.changedAt = at;
    onSettled?.();
  }

  function find(): HTMLVideoElement | HTMLCanvasElement | null {
    let best: HTMLVideoElement | HTMLCanvasElement | null = null;
    let bestArea = 0;
    for (const one of document.querySelectorAll(watch.selector)) {
      if (!(one instanceof HTMLVideoElement || one instanceof HTMLCanvasElement)) continue;
      const area =
        one instanceof HTMLVideoElement ? one.videoWidth * one.videoHeight + 1 : one.width * one.height;
      if (area > bestArea) [best, bestArea] = [one, area];
    }
    return best;
  }

  function onVideoFrame(video: HTMLVideoElement): void {
    const at = performance.now();
    if (video !== element) return;
    video.requestVideoFrameCallback(() => onVideoFrame(video));
    void sample(video, at);
  }

  // The page's own callbacks of a frame run before ours, so that what they draw counts for the frame that shows it. What
  // they ask for while they run is for the next frame, for which we ask after them, when it is our turn.
  const nativeRequest = window.requestAnimationFrame.bind(window);
  let ours = 0;
  let inFrame = false;
  const goLast = () => {
    cancelAnimationFrame(ours);
    ours = nativeRequest(onFrame);
  };
  window.requestAnimationFrame = callback => {
    const id = nativeRequest(time => {
      inFrame = true;
      callback(time);
    });
    if (!inFrame) goLast();
    return id;
  };
  function onFrame(): void {
    const at = performance.now();
    inFrame = false;
    goLast();
    const found = find();
    if (found !== element) {
      element = found;
      latest = null;
      if (found instanceof HTMLVideoElement) found.requestVideoFrameCallback(() => onVideoFrame(found));
    }
    if (found instanceof HTMLCanvasElement) void sample(found, at);
  }
  goLast();

  window.benchObserver = {
    restart() {
      element = null;
      latest = null;
      latestCounter = '';
      seen = { firstPictureAt: null, clickedAt: seen.clickedAt };
    },
    begin() {
      presses = [];
      counts = { changedFrames: 0, samples: 0, samplingMs: 0, copyingMs: 0 };
    },
    settled(timeoutMs) {
      const press = presses.at(-1);
      if (press === undefined || press.changedAt !== null) return Promise.resolve(press !== undefined);
      return new Promise(resolve => {
        const end = () => {
          clearTimeout(timer);
          onSettled = null;
          resolve(press.changedAt !== null);
        };
        const timer = setTimeout(end, Math.max(0, press.at + timeoutMs - performance.now()));
        onSettled = end;
      });
    },
    async inbound() {
      const reports = await Promise.all(peers.map(peer => peer.getStats()));
      return reports.flatMap(one => [...one.values()].filter(({ type }) => type === 'inbound-rtp'));
    },
    observation: () => ({ presses, ...seen, ...counts, now: performance.now() }),
    async videoStats() {
      let sum: VideoStats | undefined;
      for (const peer of peers) {
        const reports = await peer.getStats();
        for (const report of reports.values()) {
          if (report.type !== 'inbound-rtp' || report.kind !== 'video') continue;
          sum ??= {
            jitterBufferS: 0,
            jitterBufferFrames: 0,
            decodeS: 0,
            decodedFrames: 0,
            droppedFrames: 0,
            packetsLost: 0,
            packets: 0,
            bytes: 0,
            freezes: 0,
            codec: '',
          };
          sum.jitterBufferS += report.jitterBufferDelay ?? 0;
          sum.jitterBufferFrames += report.jitterBufferEmittedCount ?? 0;
          sum.decodeS += report.totalDecodeTime ?? 0;
          sum.decodedFrames += report.framesDecoded ?? 0;
          sum.droppedFrames += report.framesDropped ?? 0;
          sum.packetsLost += report.packetsLost ?? 0;
          sum.packets += report.packetsReceived ?? 0;
          sum.bytes += report.bytesReceived ?? 0;
          sum.freezes += report.freezeCount ?? 0;
          sum.codec ||= reports.get(report.codecId ?? '')?.mimeType ?? '';
        }
      }
      return sum;
    },
  };
}
