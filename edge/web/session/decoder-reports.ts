import type { DecoderReport } from '#shared/signal.ts';

/** W3C WebRTC names of what nodes may encode. */
const CONTENT_TYPES: Record<DecoderReport['codec'], string> = {
  h264: 'video/H264;level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  vp8: 'video/VP8',
  vp9: 'video/VP9',
  av1: 'video/AV1',
};

/** For a rate that is asked of a decoder; what it says hardly depends on it. */
const BITRATE = 8_000_000;

/** The answer is there within a millisecond or two; a picture is not held up for one that is not. */
const LONGEST_MS = 100;

/** How well this browser decodes each codec (W3C Media Capabilities); empty where it does not say. */
export async function decoderReports(
  picture: { width: number; height: number; fps: number },
  capabilities: MediaCapabilities | undefined = navigator.mediaCapabilities,
): Promise<DecoderReport[]> {
  if (capabilities === undefined) return [];
  const asked = Object.entries(CONTENT_TYPES).map(async ([codec, contentType]): Promise<DecoderReport[]> => {
    const { width, height, fps: framerate } = picture;
    const video = { contentType, width, height, framerate, bitrate: BITRATE };
    try {
      const { supported, smooth, powerEfficient } = await capabilities.decodingInfo({
        type: 'webrtc',
        video,
      });
      return supported ? [{ codec: codec as DecoderReport['codec'], smooth, powerEfficient }] : [];
    } catch {
      // An older browser, which knows no streams of this type.
      return [];
    }
  });
  const late = new Promise<DecoderReport[]>(resolve => setTimeout(() => resolve([]), LONGEST_MS));
  return Promise.race([Promise.all(asked).then(reports => reports.flat()), late]);
}
