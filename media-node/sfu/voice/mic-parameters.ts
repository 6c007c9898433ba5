import type { types } from 'mediasoup';
import { z } from 'zod';
import { parseWith } from '#shared/errors.ts';

/** Opus as RTP carries it (RFC 7587): the clock is always 48 kHz and two channels are declared, whatever is in it. */
export const VOICE_CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 },
];

/** Mono, nothing sent in silence, errors corrected in band. What the sender declares beyond it does not reach listeners. */
const OPUS_PARAMETERS = { useinbandfec: 1, usedtx: 1, 'sprop-stereo': 0, minptime: 10 };

/** The header extensions of a voice: which stream it is, how loud (RFC 6464), and what congestion control needs. */
const MIC_EXTENSIONS = [
  'urn:ietf:params:rtp-hdrext:sdes:mid',
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
] as const;

const micParametersSchema = z.object({
  mid: z.string().min(1).max(16).optional(),
  codecs: z
    .array(
      z.object({
        mimeType: z.string().regex(/^audio\/opus$/i, 'only audio/opus'),
        payloadType: z.int().min(0).max(127),
        clockRate: z.literal(48000),
        channels: z.literal(2).optional(),
        rtcpFeedback: z
          .array(z.object({ type: z.string().max(32), parameter: z.string().max(32).optional() }))
          .max(8)
          .default([]),
      }),
    )
    .length(1, 'one codec'),
  headerExtensions: z
    .array(z.object({ uri: z.string().max(128), id: z.int().min(1).max(14) }))
    .max(16)
    .default([]),
  encodings: z.array(z.object({ ssrc: z.int().min(1).max(0xffffffff) })).length(1, 'one stream'),
  rtcp: z.object({ cname: z.string().max(64).optional() }).optional(),
});

/** RTP parameters of a microphone, made anew from what a page says. Throws `voice_refused` for anything but one stream of Opus. */
export function micParameters(said: unknown): types.RtpParameters {
  const { mid, codecs, headerExtensions, encodings, rtcp } = parseWith(
    micParametersSchema,
    said,
    'voice_refused',
  );
  const known = MIC_EXTENSIONS.flatMap(uri => {
    const extension = headerExtensions.find(each => each.uri === uri);
    return extension === undefined ? [] : [{ uri, id: extension.id }];
  });
  return {
    ...(mid === undefined ? {} : { mid }),
    codecs: codecs.map(({ payloadType, rtcpFeedback }) => ({
      mimeType: 'audio/opus',
      payloadType,
      clockRate: 48000,
      channels: 2,
      parameters: OPUS_PARAMETERS,
      rtcpFeedback: rtcpFeedback.map(({ type, parameter }) => ({
        type,
        ...(parameter === undefined ? {} : { parameter }),
      })),
    })),
    headerExtensions: known,
    encodings: encodings.map(({ ssrc }) => ({ ssrc, dtx: true })),
    rtcp: { cname: rtcp?.cname ?? 'voice' },
  };
}
