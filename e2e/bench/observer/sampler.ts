import type { Watch } from './watch.ts';

/** What a few pixels of one picture say. */
export interface PictureSample {
  /** Mean of each plane (or channel) of the block. */
  block: number[];
  /** The counter's cells, dark 0 and light 1; undefined where there is none. */
  strip: string | undefined;
  /** Time that it took from the page's thread, and from begin to end with the copy elsewhere, ms. */
  samplingMs: number;
  copyingMs: number;
}

export interface Sampler {
  /** Null while there is nothing in it yet. */
  sample(source: HTMLVideoElement | HTMLCanvasElement): Promise<PictureSample | null>;
}

declare global {
  interface Window {
    benchSampler: Sampler;
  }
}

/**
 * Runs in the page: reads 8x8 pixels and the counter of what an element shows, by `new VideoFrame(element)` and copyTo (WebCodecs),
 * which takes about 0.3 ms where drawing a video to a canvas to read it takes 9.
 * The function must not refer to anything outside itself: its source is sent to the browser.
 */
export function installSampler(watch: Watch): void {
  const BLOCK_PX = 8;

  const isRgb = (format: string) => format.startsWith('R') || format.startsWith('B');

  function means(data: Uint8Array, planes: PlaneLayout[], format: string, width: number, height: number) {
    if (isRgb(format)) {
      const sums = [0, 0, 0];
      const { offset = 0, stride = 0 } = planes[0] ?? {};
      for (let row = 0; row < height; row++) {
        for (let at = 0; at < width * 4; at++) {
          const channel = at & 3;
          if (channel < 3) sums[channel] = (sums[channel] ?? 0) + (data[offset + row * stride + at] ?? 0);
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
    const [step, first] = isRgb(format) ? [4, 1] : [1, 0];
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

  async function read(frame: VideoFrame, begun: number): Promise<PictureSample> {
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
    const samplingMs = performance.now() - begun;
    const copied = await block;
    const strip = await counter;
    return {
      block: means(copied.data, copied.planes, format, BLOCK_PX, BLOCK_PX),
      strip: strip && area && cells(strip.data, strip.planes[0], format, stripWidth, area.cells),
      samplingMs,
      copyingMs: performance.now() - begun,
    };
  }

  window.benchSampler = {
    async sample(source) {
      const begun = performance.now();
      let frame: VideoFrame;
      try {
        frame = new VideoFrame(source, source instanceof HTMLVideoElement ? {} : { timestamp: 0 });
      } catch {
        return null;
      }
      try {
        return await read(frame, begun);
      } finally {
        frame.close();
      }
    },
  };
}
