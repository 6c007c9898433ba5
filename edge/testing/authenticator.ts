import { hashSecret } from '#edge/http/secrets.ts';
import type {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from '#shared/api/passkeys.ts';

/** What a test has an authenticator do otherwise than a real one would. */
export interface Deviation {
  origin?: string;
  rpId?: string;
  challenge?: string;
  /** Did not ask for a finger or a PIN. */
  unverified?: boolean;
  userHandle?: string;
}

export type Algorithm = 'ES256' | 'EdDSA';

/** COSE labels and values (RFC 9053) of a public key, and what WebCrypto calls it. */
const ALGORITHMS = {
  ES256: {
    generate: { name: 'ECDSA', namedCurve: 'P-256' },
    sign: { name: 'ECDSA', hash: 'SHA-256' },
    cose: (jwk: JsonWebKey) =>
      map([1, 2], [3, -7], [-1, 1], [-2, bytes(jwk.x ?? '')], [-3, bytes(jwk.y ?? '')]),
  },
  EdDSA: {
    generate: { name: 'Ed25519' },
    sign: { name: 'Ed25519' },
    cose: (jwk: JsonWebKey) => map([1, 1], [3, -8], [-1, 6], [-2, bytes(jwk.x ?? '')]),
  },
} as const;

/** WebAuthn's flags (6.1): user present, user verified, backup eligible, backed up, attested credential data. */
const FLAGS = { present: 1, verified: 4, eligible: 8, backedUp: 16, attested: 64 };

/** An authenticator in software with one resident key: answers as browsers do. */
export class Authenticator {
  readonly credentialId = base64url(crypto.getRandomValues(new Uint8Array(32)));
  /** Of the last signature; 0: it keeps none. */
  counter: number;
  #userHandle = '';
  readonly #algorithm: Algorithm;
  readonly #origin: string;
  readonly #keys: Promise<CryptoKeyPair>;

  constructor(origin: string, options: { algorithm?: Algorithm; counter?: number } = {}) {
    this.#origin = origin;
    this.#algorithm = options.algorithm ?? 'ES256';
    this.counter = options.counter ?? 1;
    const { generate } = ALGORITHMS[this.#algorithm];
    this.#keys = crypto.subtle.generateKey(generate, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
  }

  /** `navigator.credentials.create` */
  async create(options: PasskeyCreationOptions, deviation: Deviation = {}): Promise<PasskeyAttestation> {
    this.#userHandle = options.user.id;
    const jwk = (await crypto.subtle.exportKey('jwk', (await this.#keys).publicKey)) as JsonWebKey;
    const id = bytes(this.credentialId);
    const attested = [new Uint8Array(16), uint(id.length, 2), id, ALGORITHMS[this.#algorithm].cose(jwk).data];
    const data = this.#authenticatorData(options.rp.id, FLAGS.attested, deviation, attested);
    const attestation = map(['fmt', 'none'], ['attStmt', map()], ['authData', data]);
    return {
      ...this.#credential(),
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options.challenge, deviation),
        attestationObject: base64url(attestation.data),
        transports: ['internal'],
      },
    };
  }

  /** `navigator.credentials.get` */
  async get(options: PasskeyRequestOptions, deviation: Deviation = {}): Promise<PasskeyAssertion> {
    if (this.counter > 0) this.counter++;
    const data = this.#authenticatorData(options.rpId, 0, deviation, []);
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, deviation);
    const hash = bytes(hashSecret(Buffer.from(clientDataJSON, 'base64url').toString()));
    const { privateKey } = await this.#keys;
    const { sign } = ALGORITHMS[this.#algorithm];
    const raw = new Uint8Array(await crypto.subtle.sign(sign, privateKey, concat(data, hash)));
    return {
      ...this.#credential(),
      response: {
        clientDataJSON,
        authenticatorData: base64url(data),
        signature: base64url(this.#algorithm === 'ES256' ? derOf(raw) : raw),
        userHandle: deviation.userHandle ?? this.#userHandle,
      },
    };
  }

  #credential() {
    return { id: this.credentialId, rawId: this.credentialId, type: 'public-key' as const };
  }

  #clientData(type: string, challenge: string, deviation: Deviation): string {
    const data = {
      type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? this.#origin,
      crossOrigin: false,
    };
    return Buffer.from(JSON.stringify(data)).toString('base64url');
  }

  #authenticatorData(rpId: string, flags: number, deviation: Deviation, rest: Uint8Array[]): Uint8Array {
    const verified = deviation.unverified === true ? 0 : FLAGS.verified;
    const all = FLAGS.present | verified | FLAGS.eligible | FLAGS.backedUp | flags;
    const rpIdHash = bytes(hashSecret(deviation.rpId ?? rpId));
    return concat(rpIdHash, uint(all, 1), uint(this.counter, 4), ...rest);
  }
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

function base64url(data: Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}

function uint(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** (length - 1 - index)) % 256);
}

/** An item that is encoded already: what nests. */
class Encoded {
  readonly data: Uint8Array;
  constructor(data: Uint8Array) {
    this.data = data;
  }
}
type Item = string | number | Uint8Array | Encoded;

/** The little of CBOR (RFC 8949) that WebAuthn needs. */
function map(...entries: ReadonlyArray<readonly [string | number, Item]>): Encoded {
  return new Encoded(concat(head(5, entries.length), ...entries.flat().map(encode)));
}

function encode(value: Item): Uint8Array {
  if (value instanceof Encoded) return value.data;
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  const data = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concat(head(typeof value === 'string' ? 3 : 2, data.length), data);
}

function head(major: number, value: number): Uint8Array {
  if (value < 24) return uint(major * 32 + value, 1);
  return value < 256
    ? concat(uint(major * 32 + 24, 1), uint(value, 1))
    : concat(uint(major * 32 + 25, 1), uint(value, 2));
}

/** WebCrypto gives r and s as they are; WebAuthn wants them in ASN.1 (6.5.5). */
function derOf(raw: Uint8Array): Uint8Array {
  const integer = (value: Uint8Array) => {
    const first = value.findIndex(byte => byte !== 0);
    const trimmed = value.subarray(first === -1 ? value.length - 1 : first);
    const positive = (trimmed[0] ?? 0) >= 128 ? concat(uint(0, 1), trimmed) : trimmed;
    return concat(uint(2, 1), uint(positive.length, 1), positive);
  };
  const pair = concat(integer(raw.subarray(0, 32)), integer(raw.subarray(32)));
  return concat(uint(0x30, 1), uint(pair.length, 1), pair);
}
