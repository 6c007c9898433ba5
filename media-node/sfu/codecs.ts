import type { types } from 'mediasoup';

/** What the media helper encodes, where the machine is fast enough; the cheapest to encode first. */
export const VIDEO_CODECS = ['h264', 'vp8', 'vp9', 'av1'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];

/** RTP of one session as the media helper makes it and the producers declare it. Each session has a router of its own, so that they need not differ. */
export const VIDEO_RTP = { payloadType: 102, ssrc: 0x1000 } as const;
export const AUDIO_RTP = { payloadType: 111, ssrc: 0x2000 } as const;

/** One-byte header extension id (RFC 8285) of playout-delay between helper and router. */
export const PLAYOUT_DELAY_ID = 9;
const PLAYOUT_DELAY_URI = 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay';

/** The same of the dependency descriptor, by which alone mediasoup tells AV1's key frames. */
export const DEPENDENCY_DESCRIPTOR_ID = 10;
const DEPENDENCY_DESCRIPTOR_URI: types.RtpHeaderExtensionUri =
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension';

/** Constrained baseline, level 3.1 (RFC 6184): what every browser decodes; asymmetry lets the encoder use a higher level. */
export const H264_PARAMETERS = {
  'packetization-mode': 1,
  'profile-level-id': '42e01f',
  'level-asymmetry-allowed': 1,
};

/** Profile 0: 8 bits, 4:2:0 (RFC 9628). */
export const VP9_PARAMETERS = { 'profile-id': 0 };

const FORMATS: Record<VideoCodec, Pick<types.RtpCodecParameters, 'mimeType' | 'parameters'>> = {
  h264: { mimeType: 'video/H264', parameters: H264_PARAMETERS },
  vp8: { mimeType: 'video/VP8', parameters: {} },
  vp9: { mimeType: 'video/VP9', parameters: VP9_PARAMETERS },
  av1: { mimeType: 'video/AV1', parameters: {} },
};

export const ROUTER_CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
  { kind: 'video', mimeType: 'video/H264', clockRate: 90000, parameters: H264_PARAMETERS },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90000 },
  { kind: 'video', mimeType: 'video/VP9', clockRate: 90000, parameters: VP9_PARAMETERS },
  { kind: 'video', mimeType: 'video/AV1', clockRate: 90000 },
];

/** The picture's stream. Without playout-delay the browser would hold frames to smooth them. */
export function videoProducer(codec: VideoCodec): types.ProducerOptions {
  return {
    kind: 'video',
    rtpParameters: {
      codecs: [
        {
          ...FORMATS[codec],
          payloadType: VIDEO_RTP.payloadType,
          clockRate: 90000,
          rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }],
        },
      ],
      encodings: [{ ssrc: VIDEO_RTP.ssrc }],
      headerExtensions: [
        { uri: PLAYOUT_DELAY_URI, id: PLAYOUT_DELAY_ID },
        ...(codec === 'av1' ? [{ uri: DEPENDENCY_DESCRIPTOR_URI, id: DEPENDENCY_DESCRIPTOR_ID }] : []),
      ],
      rtcp: { cname: 'picture' },
      msid: 'picture picture',
    },
  };
}

/** The sound's stream: a stream id of its own, or the browser delays the picture to keep lips in step. */
export function audioProducer(): types.ProducerOptions {
  return {
    kind: 'audio',
    rtpParameters: {
      codecs: [
        {
          mimeType: 'audio/opus',
          payloadType: AUDIO_RTP.payloadType,
          clockRate: 48000,
          channels: 2,
          parameters: { useinbandfec: 1, minptime: 10 },
        },
      ],
      encodings: [{ ssrc: AUDIO_RTP.ssrc }],
      rtcp: { cname: 'sound' },
      msid: 'sound sound',
    },
  };
}

/** Whether a viewer of these capabilities takes the codec, as the producers declare it. */
export function takesCodec(capabilities: types.RtpCapabilities, codec: VideoCodec): boolean {
  const mimeType = `video/${codec}`;
  return (capabilities.codecs ?? []).some(one => {
    if (one.mimeType.toLowerCase() !== mimeType) return false;
    if (codec === 'vp9') return Number(one.parameters?.['profile-id'] ?? 0) === 0;
    return codec !== 'h264' || (one.parameters?.['packetization-mode'] ?? 0) === 1;
  });
}
