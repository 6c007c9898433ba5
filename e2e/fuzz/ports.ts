import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RtpHeader } from 'werift';
import { KeysChannel } from '#media-node/test/keys-channel.ts';
import { Picture } from '#media-node/test/picture.ts';
import { arrive } from '#media-node/test/stage.ts';
import type { TestPlayer } from '#media-node/test/test-player.ts';
import { VoicePeer } from '#media-node/test/voice-peer.ts';
import { EVDEV_OF_CODE } from '#shared/keys.ts';
import type { TransportInfo } from '#shared/signal.ts';
import { seededRandom } from '../bench/stats.ts';
import { Datagrams } from './datagrams.ts';
import type { MemoryWatch } from './memory.ts';
import { FuzzedNode } from './node-target.ts';
import { type FuzzOptions, isUnderWay } from './options.ts';
import { bindingRequest, type IceCredentials, stunMessage } from './stun.ts';

/** What one attacker sends of each kind. */
const BURST = 60;

/** Datagrams that a socket's buffer surely holds: more at once would be lost before anybody read them. */
const AT_ONCE = 20;

/** In which a press must show, however slow the machine is. */
const SERVES_MS = 30_000;

/** SHA-256 of nothing that anybody has. */
const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

const PRESS = EVDEV_OF_CODE.Space ?? 0;
const SCTP_PORT = 5000;
/** Bytes of the header of a STUN message. */
const STUN_HEADER = 20;

interface Candidate {
  protocol: 'udp' | 'tcp';
  ip: string;
  port: number;
}

/** What was sent to the node's open ports. */
interface Sent {
  /** From nobody: to the ports of a player's transports and of the attacker's own. */
  blind: number;
  /** From an address that ICE has let in. */
  admitted: number;
  /** Behind a DTLS handshake: SRTP, SRTCP and SCTP that decrypt well and are wrong. */
  encrypted: number;
  tcp: number;
}

export interface PortsFuzz {
  sent: Sent;
  /** Binding requests that the node answered: the others would else show nothing. */
  answered: number;
  presses: number;
  memory: ReturnType<MemoryWatch['judge']>;
}

/**
 * Malformed STUN, DTLS, RTP, RTCP and SCTP to the ports that a real node opens to the world, over UDP and TCP: as anybody, as a viewer
 * before its handshake, and as one that has done it. Throws when the player beside them sees no press any more, or nobody is let in.
 */
export async function fuzzPorts(options: FuzzOptions): Promise<PortsFuzz> {
  const target = await FuzzedNode.open();
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => target.close());
  const make = new Datagrams(seededRandom(options.seed));
  const [picture, keys] = await Promise.all([Picture.open(target.host), KeysChannel.open(target.host)]);
  cleanUp.defer(() => picture.close());
  cleanUp.defer(() => keys.close());
  const sent: Sent = { blind: 0, admitted: 0, encrypted: 0, tcp: 0 };
  const result = { sent, answered: 0, presses: 0 };
  const begun = performance.now();
  for (let round = 0; isUnderWay(options, begun, sent.blind) || round < 2; round++) {
    // A player's transports are on another worker than a spectator's.
    const place = round % 2 === 0 ? { seat: 2 } : { role: 'spectator' as const, seat: null };
    const attacker = await arrive(target.edge, { ...target.session, sub: randomUUID(), ...place });
    result.answered += await attack(attacker, target.host, make, sent);
    attacker.vanish();
    await press(picture, keys);
    result.presses += 1;
    if (round % 5 === 0) await target.checkServing(randomUUID());
    else target.memory.look();
  }
  await target.checkServing(randomUUID());
  return { ...result, memory: target.memory.judge() };
}

/** Answers how many binding requests were answered. */
async function attack(attacker: TestPlayer, host: TestPlayer, make: Datagrams, sent: Sent): Promise<number> {
  const [own, victim] = [await attacker.welcome(), await host.welcome()];
  const socket = await openSocket();
  let answered = 0;
  socket.on('message', message => {
    if (message.length >= STUN_HEADER && message.readUInt16BE(0) === 0x0101) answered += 1;
  });
  try {
    for (const transport of [victim.recvTransport, victim.sendTransport, own.recvTransport]) {
      if (transport === null) continue;
      await sendAll(socket, portOf(transport, 'udp'), BURST, () => blind(make, transport));
      sent.blind += BURST;
      sent.tcp += await overTcp(portOf(transport, 'tcp'), make, transport);
    }
    sent.admitted += await admitted(attacker, socket, make, own.recvTransport);
    if (own.sendTransport !== null) sent.encrypted += await encrypted(attacker, make, own.sendTransport);
  } finally {
    socket.close();
  }
  return answered;
}

const ofAnybody = (make: Datagrams): Buffer =>
  make.one([() => make.next(), () => make.dtls(), () => make.noise()])();

/** Without having been let in; the fragment of a transport's username is no secret of its owner's, the password is. */
function blind(make: Datagrams, transport: TransportInfo): Buffer {
  const stun = () => stunMessage(make, make.below(2) === 0 ? undefined : iceOf(transport), false);
  return make.damaged(make.one([stun, () => ofAnybody(make)])());
}

/** Let in by ICE, then wrong in STUN with a good signature, in DTLS, and in RTP and RTCP before there are keys. */
async function admitted(
  attacker: TestPlayer,
  socket: Socket,
  make: Datagrams,
  transport: TransportInfo,
): Promise<number> {
  const ice = iceOf(transport);
  const dtlsParameters = { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: FINGERPRINT }] };
  await attacker.request({ type: 'connectTransport', transportId: transport.id, dtlsParameters });
  const port = portOf(transport, 'udp');
  await sendAll(socket, port, 3, () => bindingRequest(make, ice));
  await sendAll(socket, port, BURST, () =>
    make.one([() => stunMessage(make, ice, true), () => make.damaged(make.dtls()), () => ofAnybody(make)])(),
  );
  return BURST + 3;
}

/** Behind a real handshake. The node may end the association, not itself. */
async function encrypted(attacker: TestPlayer, make: Datagrams, transport: TransportInfo): Promise<number> {
  const peer = await VoicePeer.connect(attacker, transport, {});
  const { dtls } = peer;
  const send = (datagram: Buffer) => dtls.iceTransport.connection.send(datagram).catch(() => undefined);
  const kinds = [
    () => send(dtls.srtp.encrypt(make.bytes(make.below(1000)), lyingHeader(make))),
    () => send(dtls.srtcp.encrypt(atLeast(8, make.damaged(make.rtcp(make.below(2 ** 32))), make))),
    () => dtls.sendData(make.damaged(make.sctp(SCTP_PORT))).catch(() => undefined),
  ];
  try {
    for (let i = 0; i < BURST; i++) {
      await make.one(kinds)();
      if (i % AT_ONCE === 0) await sleep(1);
    }
  } finally {
    await peer.close().catch(() => undefined);
  }
  return BURST;
}

/** SRTP signs the header whatever is in it: lying counts of sources and lengths of extensions reach who trusts the signature. */
function lyingHeader(make: Datagrams): RtpHeader {
  const header = new RtpHeader({
    payloadType: make.below(128),
    ssrc: 1,
    sequenceNumber: make.below(0x10000),
  });
  const bytes = Buffer.concat([header.serialize(12), make.bytes(4 * make.below(4))]);
  bytes[0] = 0x80 | make.below(64);
  header.serialize = () => bytes;
  return header;
}

const atLeast = (size: number, bytes: Buffer, make: Datagrams): Buffer =>
  bytes.length >= size ? bytes : make.bytes(size);

/** RFC 4571 frames, whose lengths lie now and then; the node may hang up at any of them. */
async function overTcp(port: number, make: Datagrams, transport: TransportInfo): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await Promise.race([once(socket, 'connect').catch(() => undefined), closed]);
  let sent = 0;
  for (; sent < BURST && !socket.destroyed; sent++) {
    const datagram = blind(make, transport);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(make.lying(datagram.length, 0x10000));
    socket.write(Buffer.concat([length, datagram]));
    if (sent % AT_ONCE === 0) await sleep(1);
  }
  socket.destroy();
  await closed;
  return sent;
}

async function press(picture: Picture, keys: KeysChannel): Promise<void> {
  for (const down of [true, false]) {
    const shown = picture.more();
    keys.send({ kind: 'key', code: PRESS, down });
    const late = new AbortController();
    await Promise.race([
      shown,
      sleep(SERVES_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error('the player sees no press any more');
      }),
    ]);
    late.abort();
  }
}

async function sendAll(socket: Socket, port: number, count: number, next: () => Buffer): Promise<void> {
  for (let i = 0; i < count; i++) {
    socket.send(next(), port, '127.0.0.1');
    if (i % AT_ONCE === 0) await sleep(1);
  }
}

function iceOf({ iceParameters }: TransportInfo): IceCredentials {
  return iceParameters as unknown as IceCredentials;
}

function portOf({ iceCandidates }: TransportInfo, protocol: Candidate['protocol']): number {
  const found = (iceCandidates as unknown as Candidate[]).find(each => each.protocol === protocol);
  if (found === undefined) throw new Error(`no ${protocol} port`);
  return found.port;
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
