import type { Page } from 'playwright-core';

/** A decoded frame, 4 bytes RGBA a pixel. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The frame that the player's video element shows now. */
export async function grabPicture(page: Page): Promise<Picture> {
  const grabbed = await page.evaluate(() => {
    const video = document.querySelector<HTMLVideoElement>('[data-testid=player-video]');
    if (video === null || video.videoWidth === 0) return null;
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext('2d');
    if (context === null) return null;
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    let binary = '';
    const chunk = 0x8000;
    for (let at = 0; at < data.length; at += chunk) {
      binary += String.fromCharCode(...data.subarray(at, at + chunk));
    }
    return { width: canvas.width, height: canvas.height, base64: btoa(binary) };
  });
  if (grabbed === null) throw new Error('no picture in the player');
  return {
    width: grabbed.width,
    height: grabbed.height,
    data: new Uint8ClampedArray(Buffer.from(grabbed.base64, 'base64')),
  };
}

/** Part of the pixels, 0 to 1, that differ clearly (more than compression noise makes) between two frames. */
export function changedPart(before: Picture, after: Picture): number {
  if (before.width !== after.width || before.height !== after.height) return 1;
  const threshold = 48;
  let changed = 0;
  for (let at = 0; at < before.data.length; at += 4) {
    const distance =
      Math.abs((before.data[at] ?? 0) - (after.data[at] ?? 0)) +
      Math.abs((before.data[at + 1] ?? 0) - (after.data[at + 1] ?? 0)) +
      Math.abs((before.data[at + 2] ?? 0) - (after.data[at + 2] ?? 0));
    if (distance > threshold) changed++;
  }
  return changed / (before.width * before.height);
}

/** How many clearly different colours a frame holds, coarsely (4 bits a channel): a black screen has one. */
export function colourCount(picture: Picture): number {
  const seen = new Set<number>();
  for (let at = 0; at < picture.data.length; at += 4 * 7) {
    const [r = 0, g = 0, b = 0] = picture.data.subarray(at, at + 3);
    seen.add(((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4));
  }
  return seen.size;
}
