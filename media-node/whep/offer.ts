import type { types } from 'mediasoup';
import { type MediaDescription, parse, parseParams, type SessionDescription } from 'sdp-transform';
import { NearcadeError } from '#shared/errors.ts';
import { H264_PARAMETERS, type VideoCodec, VP9_PARAMETERS } from '../sfu/codecs.ts';

/** Media sections of one offer that are looked at: a page that plays one picture and one sound has two. */
const MAX_SECTIONS = 16;

/** One media section of the offer that can carry a stream of ours, by the payload type that the player gave to its codec. */
export interface OfferedStream {
  mid: string;
  kind: 'audio' | 'video';
  codec: types.RtpCodecCapability & { preferredPayloadType: number };
  /** The format's parameters as the player wrote them. */
  fmtp: string | undefined;
  extensions: { id: number; uri: string }[];
}

export interface Offer {
  sections: MediaDescription[];
  ice: { usernameFragment: string; password: string };
  dtls: types.DtlsParameters;
  /** The player's own words for its part in DTLS. */
  setup: 'actpass' | 'active' | 'passive';
  /** Mids that share one transport: we have no second. */
  bundle: ReadonlySet<string>;
}

/** Reads an SDP offer (RFC 8866, RFC 9429). Throws `whep_offer_invalid`. */
export function parseOffer(text: string): Offer {
  let sdp: SessionDescription;
  try {
    sdp = parse(text);
  } catch (cause) {
    throw new NearcadeError('whep_offer_invalid', undefined, { cause });
  }
  const sections = sdp.media;
  if (!text.startsWith('v=0') || sections.length === 0 || sections.length > MAX_SECTIONS) {
    throw new NearcadeError('whep_offer_invalid', `An offer has 1 to ${MAX_SECTIONS} media sections`);
  }
  const mids = new Set<string>();
  for (const section of sections) {
    const mid = midOf(section);
    if (mid === '' || mids.has(mid)) {
      throw new NearcadeError('whep_offer_invalid', 'Each media section needs a mid of its own');
    }
    mids.add(mid);
  }
  const group = sdp.groups?.find(({ type }) => type === 'BUNDLE');
  const bundled =
    (group === undefined
      ? undefined
      : String(group.mids)
          .split(' ')
          .filter(mid => mids.has(mid))) ?? [...mids].slice(0, 1);
  const of = <T>(pick: (from: SessionDescription | MediaDescription) => T | undefined): T | undefined =>
    sections
      .filter(section => bundled.includes(midOf(section)))
      .map(pick)
      .find(Boolean) ?? pick(sdp);
  const usernameFragment = of(({ iceUfrag }) => iceUfrag);
  const password = of(({ icePwd }) => icePwd);
  const fingerprint = of(from => from.fingerprint);
  if (usernameFragment === undefined || password === undefined || fingerprint === undefined) {
    throw new NearcadeError('whep_offer_invalid', 'The offer has no ICE credentials or no DTLS fingerprint');
  }
  const setup = setupOf(of(from => from.setup));
  return {
    sections,
    ice: { usernameFragment: String(usernameFragment), password: String(password) },
    dtls: {
      role: setup === 'passive' ? 'server' : 'client',
      fingerprints: [fingerprintOf(fingerprint)],
    },
    setup,
    bundle: new Set(bundled),
  };
}

/** The section for the picture in this codec and the one for the sound, if the player asks for it. Throws `whep_offer_unusable`. */
export function streamsOf(offer: Offer, codec: VideoCodec): { video: OfferedStream; audio?: OfferedStream } {
  const video = find(offer, 'video', section => payloadOf(section, codec));
  if (video === undefined) {
    throw new NearcadeError(
      'whep_offer_unusable',
      `The picture is ${codec}, which the offer does not ask for`,
    );
  }
  const audio = find(offer, 'audio', section => payloadOf(section, 'opus'));
  return audio === undefined ? { video } : { video, audio };
}

/** Codecs of a router whose streams have the payload types that this player has offered: a sender has to keep to them. */
export function routerCodecs({
  video,
  audio,
}: {
  video: OfferedStream;
  audio?: OfferedStream;
}): types.RouterRtpCodecCapability[] {
  const opus = { kind: 'audio', mimeType: 'audio/opus', clockRate: 48000, channels: 2 } as const;
  const pick = ({
    codec: { kind, mimeType, clockRate, parameters, preferredPayloadType },
  }: OfferedStream) => ({
    kind,
    mimeType,
    clockRate,
    preferredPayloadType,
    parameters: parameters ?? {},
  });
  // The sound first: what mediasoup takes for retransmissions after the picture is then free for sure.
  return [
    audio === undefined ? opus : { ...opus, preferredPayloadType: audio.codec.preferredPayloadType },
    pick(video),
  ];
}

/** What the player takes, as mediasoup has it. Retransmissions come on the stream itself (NACK), not on one of their own. */
export function capabilitiesOf(streams: {
  video: OfferedStream;
  audio?: OfferedStream;
}): types.RtpCapabilities {
  const offered = [streams.video, ...(streams.audio === undefined ? [] : [streams.audio])];
  return {
    codecs: offered.map(({ codec }) => codec),
    headerExtensions: offered.flatMap(({ kind, extensions }) =>
      extensions.map(({ id, uri }) => ({ kind, uri: uri as types.RtpHeaderExtensionUri, preferredId: id })),
    ),
  };
}

export function midOf(section: MediaDescription): string {
  return section.mid === undefined ? '' : String(section.mid);
}

function find(
  offer: Offer,
  kind: 'audio' | 'video',
  payload: (section: MediaDescription) => number | undefined,
): OfferedStream | undefined {
  for (const section of offer.sections) {
    const receives = section.direction === undefined || ['recvonly', 'sendrecv'].includes(section.direction);
    if (section.type !== kind || !receives || isRefused(section) || !offer.bundle.has(midOf(section)))
      continue;
    const type = payload(section);
    if (type !== undefined) return streamOf(section, kind, type);
  }
  return undefined;
}

function streamOf(section: MediaDescription, kind: 'audio' | 'video', payload: number): OfferedStream {
  const format = section.rtp.find(rtp => rtp.payload === payload);
  const feedback = (section.rtcpFb ?? []).filter(fb => fb.payload === '*' || Number(fb.payload) === payload);
  return {
    mid: midOf(section),
    kind,
    codec: {
      kind,
      mimeType: `${kind}/${format?.codec}` as types.RtpCodecCapability['mimeType'],
      preferredPayloadType: payload,
      clockRate: format?.rate ?? 90000,
      ...(kind === 'audio' ? { channels: 2 } : {}),
      parameters: parametersOf(format?.codec),
      rtcpFeedback: feedback.map(({ type, subtype }) => ({
        type,
        ...(subtype === undefined ? {} : { parameter: subtype }),
      })),
    },
    fmtp: section.fmtp.find(fmtp => fmtp.payload === payload)?.config,
    extensions: (section.ext ?? []).map(({ value, uri }) => ({ id: value, uri })),
  };
}

/** As the producers declare them. */
function parametersOf(codec: string | undefined): Record<string, string | number> {
  if (codec?.toUpperCase() === 'H264') return H264_PARAMETERS;
  return codec?.toUpperCase() === 'VP9' ? VP9_PARAMETERS : {};
}

const CODECS: Readonly<Record<VideoCodec | 'opus', { name: string; rate: number }>> = {
  h264: { name: 'H264', rate: 90000 },
  vp8: { name: 'VP8', rate: 90000 },
  vp9: { name: 'VP9', rate: 90000 },
  av1: { name: 'AV1', rate: 90000 },
  opus: { name: 'OPUS', rate: 48000 },
};

function payloadOf(section: MediaDescription, codec: VideoCodec | 'opus'): number | undefined {
  const { name, rate } = CODECS[codec];
  return section.rtp.find(rtp => {
    if (rtp.codec.toUpperCase() !== name || rtp.rate !== rate || rtp.payload < 0 || rtp.payload > 127)
      return false;
    if (codec === 'opus') return Number(rtp.encoding) === 2;
    const config = section.fmtp.find(fmtp => fmtp.payload === rtp.payload)?.config;
    if (codec === 'vp9') return Number(parseParams(config ?? '')['profile-id'] ?? 0) === 0;
    return codec !== 'h264' || isConstrainedBaseline(config);
  })?.payload;
}

/** Port 0 means no, but for a section that is only offered within the bundle (RFC 9143, 6), as GStreamer's webrtcbin offers it. */
function isRefused({ port, bundleOnly }: MediaDescription): boolean {
  return port === 0 && bundleOnly === undefined;
}

/** RFC 6184: profile_idc 66 with constraint_set1, in fragments (packetization mode 1). */
function isConstrainedBaseline(config = ''): boolean {
  const parameters = parseParams(config);
  const profile = String(parameters['profile-level-id'] ?? '42e01f').toLowerCase();
  return Number(parameters['packetization-mode']) === 1 && /^42[4-7c-f][0-9a-f]{3}$/.test(profile);
}

/** Bytes of each hash that RFC 8122 names and DTLS here knows. */
const HASH_BYTES: Readonly<Record<types.FingerprintAlgorithm, number>> = {
  'sha-1': 20,
  'sha-224': 28,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};

function fingerprintOf({ type, hash }: { type: string; hash: string }): types.DtlsFingerprint {
  const [algorithm, bytes] = Object.entries(HASH_BYTES).find(([name]) => name === type.toLowerCase()) ?? [];
  const value = hash.toUpperCase();
  if (bytes === undefined || !/^([0-9A-F]{2}:)*[0-9A-F]{2}$/.test(value) || value.length !== bytes * 3 - 1) {
    throw new NearcadeError('whep_offer_invalid', 'The DTLS fingerprint is not valid');
  }
  return { algorithm: algorithm as types.FingerprintAlgorithm, value };
}

function setupOf(setup: string | undefined): Offer['setup'] {
  if (setup === 'active' || setup === 'passive' || setup === 'actpass') return setup;
  throw new NearcadeError('whep_offer_invalid', 'The offer does not say its part in DTLS (a=setup)');
}
