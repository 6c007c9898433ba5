import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';

const TYPES = { 1: 'A', 28: 'AAAA' } as const;
const HEADER_BYTES = 12;

export type Lookup = (name: string, type: 'A' | 'AAAA') => string[];

/** A name server (RFC 1035) on a loopback port that knows addresses alone, from `lookup`, and that nothing else exists. */
export class DnsServer {
  readonly #socket: Socket = createSocket('udp4');
  readonly #lookup: Lookup;

  private constructor(lookup: Lookup) {
    this.#lookup = lookup;
    this.#socket.on('message', (query, from) => this.#answer(query, from));
  }

  static async open(lookup: Lookup): Promise<DnsServer> {
    const server = new DnsServer(lookup);
    await new Promise<void>(resolve => server.#socket.bind(0, '127.0.0.1', resolve));
    return server;
  }

  /** host:port */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>(resolve => this.#socket.close(() => resolve()));
  }

  #answer(query: Buffer, from: RemoteInfo): void {
    const { name, end } = readName(query);
    const type = TYPES[query.readUInt16BE(end) as keyof typeof TYPES];
    const found = type === undefined ? [] : this.#lookup(name, type).map(recordOf);
    const header = Buffer.alloc(HEADER_BYTES);
    query.copy(header, 0, 0, 2);
    // An authoritative answer (4.1.1); recursion was asked for or not, as in the question.
    header.writeUInt16BE(0x8400 | (query.readUInt16BE(2) & 0x0100), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    const question = query.subarray(HEADER_BYTES, end + 4);
    this.#socket.send(Buffer.concat([header, question, ...found]), from.port, from.address);
  }
}

/** The question's name, and where it ends. */
function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** For the name of the question (4.1.4), for a minute. */
function recordOf(address: string): Buffer {
  const content = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  head.writeUInt16BE(isIPv4(address) ? 1 : 28, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(content.length, 10);
  return Buffer.concat([head, content]);
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(head).length - groups(tail).length;
  const all = [
    ...groups(head),
    ...Array.from({ length: address.includes('::') ? missing : 0 }, () => '0'),
    ...groups(tail),
  ];
  return Buffer.from(all.map(group => group.padStart(4, '0')).join(''), 'hex');
}
