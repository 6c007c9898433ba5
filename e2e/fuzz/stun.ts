import { createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Datagrams } from './datagrams.ts';

/** What a transport's ICE agent knows its peer by (RFC 8445). */
export interface IceCredentials {
  usernameFragment: string;
  password: string;
}

const MAGIC = 0x2112a442;
const FINGERPRINT_XOR = 0x5354554e;

/** Attribute types of RFC 8489 and RFC 8445 that a binding request may carry, and some that it may not. */
const TYPES = [
  0x0001, 0x0009, 0x000a, 0x0014, 0x0015, 0x0020, 0x0024, 0x0025, 0x8022, 0x8029, 0x802a, 0xc001,
];

/**
 * A STUN message (RFC 8489) with attributes of odd lengths and contents. With credentials it is signed, so that what is wrong in it is
 * looked at; without, or with a fragment alone, it is anybody's.
 */
export function stunMessage(make: Datagrams, ice: IceCredentials | undefined, isSigned: boolean): Buffer {
  const user = ice === undefined ? make.noise() : Buffer.from(`${ice.usernameFragment}:fuzz`);
  const odd = Array.from({ length: make.below(4) }, () => attribute(make, make.one(TYPES), make.noise()));
  const attributes = [attribute(make, 0x0006, user), ...odd];
  if (make.below(3) === 0) attributes.reverse();
  const header = Buffer.alloc(20);
  // A binding request mostly: a response, an indication or another method now and then.
  header.writeUInt16BE(make.one([0x0001, 0x0001, 0x0001, 0x0011, 0x0101, 0x0111, make.below(0x4000)]), 0);
  header.writeUInt32BE(make.below(10) === 0 ? make.below(2 ** 32) : MAGIC, 4);
  make.bytes(12).copy(header, 8);
  const message = Buffer.concat([header, ...attributes]);
  if (ice === undefined || !isSigned) {
    message.writeUInt16BE(make.lying(message.length - 20, 0x10000), 2);
    return message;
  }
  return withFingerprint(withIntegrity(message, ice.password));
}

/** A request as a browser sends it, after which the node takes what comes from that address for this transport's. */
export function bindingRequest(make: Datagrams, ice: IceCredentials): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(0x0001, 0);
  header.writeUInt32BE(MAGIC, 4);
  make.bytes(12).copy(header, 8);
  const user = exact(0x0006, Buffer.from(`${ice.usernameFragment}:fuzz`));
  // PRIORITY, ICE-CONTROLLING, USE-CANDIDATE.
  const rest = [exact(0x0024, make.bytes(4)), exact(0x802a, make.bytes(8)), exact(0x0025, Buffer.alloc(0))];
  return withFingerprint(withIntegrity(Buffer.concat([header, user, ...rest]), ice.password));
}

function attribute(make: Datagrams, type: number, value: Buffer): Buffer {
  const bytes = exact(type, value);
  bytes.writeUInt16BE(make.lying(value.length, 0x10000), 2);
  return bytes;
}

/** Padded to four bytes. */
function exact(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** The length in the header covers the attribute that is being made (RFC 8489, 14.5 and 14.7). */
function withIntegrity(message: Buffer, password: string): Buffer {
  message.writeUInt16BE(message.length - 20 + 24, 2);
  const hmac = createHmac('sha1', password).update(message).digest();
  return Buffer.concat([message, exact(0x0008, hmac)]);
}

function withFingerprint(message: Buffer): Buffer {
  message.writeUInt16BE(message.length - 20 + 8, 2);
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(message) ^ FINGERPRINT_XOR) >>> 0);
  return Buffer.concat([message, exact(0x8028, value)]);
}
