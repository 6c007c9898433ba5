import { type MediaDescription, write } from 'sdp-transform';
import { z } from 'zod';
import type { ConsumerInfo, TransportInfo } from '#shared/signal.ts';
import { midOf, type Offer, type OfferedStream } from './offer.ts';

/** mediasoup's parameter objects, as far as an SDP answer tells them. */
const iceSchema = z.object({ usernameFragment: z.string(), password: z.string() });
const candidateSchema = z.object({
  foundation: z.string(),
  priority: z.int(),
  address: z.string(),
  protocol: z.enum(['udp', 'tcp']),
  port: z.int(),
  type: z.string(),
  tcpType: z.string().optional(),
});
const dtlsSchema = z.object({
  fingerprints: z.array(z.object({ algorithm: z.string(), value: z.string() })),
});
const sentSchema = z.object({
  codecs: z
    .array(
      z.object({
        mimeType: z.string(),
        payloadType: z.int(),
        clockRate: z.int(),
        channels: z.int().optional(),
        rtcpFeedback: z.array(z.object({ type: z.string(), parameter: z.string().optional() })),
      }),
    )
    .min(1),
  headerExtensions: z.array(z.object({ uri: z.string(), id: z.int() })),
  encodings: z.array(z.object({ ssrc: z.int() })).min(1),
  rtcp: z.object({ cname: z.string() }),
});

export interface AnswerParts {
  offer: Offer;
  /** What the player gets on each of its sections; the others are refused. */
  sent: { stream: OfferedStream; consumer: ConsumerInfo }[];
  transport: TransportInfo;
  /** Tells answers of one session apart (RFC 8866, o=). */
  sessionId: number;
}

/** The SDP answer (RFC 9429): ICE lite, all candidates in it, one transport. */
export function writeAnswer({ offer, sent, transport, sessionId }: AnswerParts): string {
  const carried = new Map(sent.map(entry => [entry.stream.mid, entry]));
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId,
      sessionVersion: 1,
      netType: 'IN',
      ipVer: 4,
      address: '127.0.0.1',
    },
    name: '-',
    timing: { start: 0, stop: 0 },
    icelite: 'ice-lite',
    groups: [
      {
        type: 'BUNDLE',
        mids: offer.sections
          .map(midOf)
          .filter(mid => carried.has(mid))
          .join(' '),
      },
    ],
    msidSemantic: { semantic: 'WMS', token: '*' },
    media: offer.sections.map(section => {
      const entry = carried.get(midOf(section));
      return entry === undefined
        ? refuse(section)
        : { ...carry(section, entry.stream, entry.consumer), ...transportOf(offer, transport) };
    }),
  });
}

/** The credentials and candidates after an ICE restart (RFC 8840). */
export function writeIceFragment(offer: Offer, transport: TransportInfo): string {
  const [section] = offer.sections;
  if (section === undefined) return '';
  const { ufrag, pwd } = credentialsOf(transport);
  return [
    'a=ice-lite',
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `m=${section.type} 9 ${section.protocol} ${section.payloads ?? 0}`,
    `a=mid:${midOf(section)}`,
    ...candidatesOf(transport).map(
      ({ foundation, component, transport: protocol, priority, ip, port, type, tcptype }) =>
        `a=candidate:${foundation} ${component} ${protocol} ${priority} ${ip} ${port} typ ${type}${
          tcptype === undefined ? '' : ` tcptype ${tcptype}`
        }`,
    ),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

function carry(section: MediaDescription, stream: OfferedStream, consumer: ConsumerInfo): MediaDescription {
  const { codecs, headerExtensions, encodings, rtcp } = sentSchema.parse(consumer.rtpParameters);
  const [codec] = codecs;
  const [encoding] = encodings;
  if (codec === undefined || encoding === undefined) return refuse(section);
  const payload = codec.payloadType;
  // A stream of its own each: players hold the picture back to keep lips in step with the sound.
  const name = stream.kind === 'video' ? 'picture' : 'sound';
  return {
    type: section.type,
    port: 9,
    protocol: section.protocol,
    payloads: String(payload),
    connection: { version: 4, ip: '0.0.0.0' },
    mid: midOf(section),
    direction: 'sendonly',
    rtcpMux: 'rtcp-mux',
    rtcpRsize: 'rtcp-rsize',
    rtp: [
      {
        payload,
        codec: codec.mimeType.split('/')[1] ?? '',
        rate: codec.clockRate,
        ...(codec.channels === undefined ? {} : { encoding: codec.channels }),
      },
    ],
    fmtp: stream.fmtp === undefined ? [] : [{ payload, config: stream.fmtp }],
    rtcpFb: codec.rtcpFeedback.map(({ type, parameter }) => ({
      payload,
      type,
      ...(parameter === undefined || parameter === '' ? {} : { subtype: parameter }),
    })),
    ext: headerExtensions.map(({ uri, id }) => ({ value: id, uri })),
    msid: [{ id: name, appdata: name }],
    ssrcs: [{ id: encoding.ssrc, attribute: 'cname', value: rtcp.cname }],
  };
}

function refuse(section: MediaDescription): MediaDescription {
  return {
    type: section.type,
    port: 0,
    protocol: section.protocol,
    payloads: section.payloads ?? '0',
    connection: { version: 4, ip: '0.0.0.0' },
    mid: midOf(section),
    direction: 'inactive',
    rtp: section.rtp.slice(0, 1),
    fmtp: [],
  };
}

function transportOf(offer: Offer, transport: TransportInfo) {
  const { fingerprints } = dtlsSchema.parse(transport.dtlsParameters);
  const fingerprint = fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? fingerprints[0];
  const { ufrag, pwd } = credentialsOf(transport);
  return {
    setup: offer.setup === 'passive' ? 'active' : 'passive',
    iceUfrag: ufrag,
    icePwd: pwd,
    candidates: candidatesOf(transport),
    endOfCandidates: 'end-of-candidates' as const,
    ...(fingerprint === undefined
      ? {}
      : { fingerprint: { type: fingerprint.algorithm, hash: fingerprint.value } }),
  };
}

function credentialsOf(transport: TransportInfo): { ufrag: string; pwd: string } {
  const { usernameFragment, password } = iceSchema.parse(transport.iceParameters);
  return { ufrag: usernameFragment, pwd: password };
}

function candidatesOf(transport: TransportInfo) {
  return z
    .array(candidateSchema)
    .parse(transport.iceCandidates)
    .map(({ foundation, priority, address, protocol, port, type, tcpType }) => ({
      foundation,
      component: 1,
      transport: protocol,
      priority,
      ip: address,
      port,
      type,
      ...(tcpType === undefined ? {} : { tcptype: tcpType }),
    }));
}
