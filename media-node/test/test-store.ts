import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsV4Signer } from 'aws4fetch';
import { type ObjectStoreServer, startObjectStore } from '#local/services/object-store/object-store.ts';
import { SAVE_UPLOAD_TTL_S, type SaveLink } from '#shared/api/saves.ts';

const SECRET = 'a secret of the test';

/** The real object store of `local`, behind a line that can be cut. */
export class TestStore {
  readonly #folder: string;
  readonly #store: ObjectStoreServer;
  readonly #line: Server;
  readonly #sockets = new Set<Socket>();
  /** Bytes from the node after which each connection is cut; null: none is. */
  cutAfter: number | null = null;
  /** Connections that were cut. */
  cuts = 0;
  /** Bytes that have come from the node. */
  received = 0;

  private constructor(folder: string, store: ObjectStoreServer) {
    this.#folder = folder;
    this.#store = store;
    this.#line = createServer(socket => this.#pass(socket));
  }

  static async open(): Promise<TestStore> {
    const folder = mkdtempSync(join(tmpdir(), 'nearcade-store-test-'));
    const store = new TestStore(folder, await startObjectStore({ folder, secretAccessKey: SECRET }));
    await new Promise<void>(resolve => store.#line.listen(0, '127.0.0.1', resolve));
    return store;
  }

  async uploadLink(key: string, { size, sha256 }: { size: number; sha256: string }): Promise<SaveLink> {
    const headers = {
      'content-length': String(size),
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
    };
    return { method: 'PUT', headers, ...(await this.#sign('PUT', key, headers)) };
  }

  async downloadLink(key: string): Promise<SaveLink> {
    return { method: 'GET', headers: {}, ...(await this.#sign('GET', key)) };
  }

  /** The bytes there; undefined when nothing is. Not over the line. */
  async read(key: string): Promise<Buffer | undefined> {
    const { url } = await this.#sign('GET', key, {}, this.#store.url);
    const answer = await fetch(url);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return answer.ok ? bytes : undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#line.close(resolve));
    await this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.#line.address() as AddressInfo).port}`;
  }

  async #sign(method: string, key: string, headers: Record<string, string> = {}, origin = this.#url) {
    const { bucket, accessKeyId, region } = this.#store;
    const signed = await new AwsV4Signer({
      method,
      url: `${origin}/${bucket}/${key}?X-Amz-Expires=${SAVE_UPLOAD_TTL_S}`,
      headers,
      accessKeyId,
      secretAccessKey: SECRET,
      service: 's3',
      region,
      signQuery: true,
      allHeaders: true,
    }).sign();
    return {
      url: signed.url.href,
      expiresAt: new Date(Date.now() + SAVE_UPLOAD_TTL_S * 1000).toISOString(),
    };
  }

  #pass(socket: Socket): void {
    const store = connect(this.#store.port, '127.0.0.1');
    for (const end of [socket, store]) {
      this.#sockets.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        this.#sockets.delete(end);
        socket.destroy();
        store.destroy();
      });
    }
    let passed = 0;
    socket.on('data', chunk => {
      this.received += chunk.length;
      const rest = this.cutAfter === null ? chunk.length : this.cutAfter - passed;
      store.write(chunk.subarray(0, Math.max(0, rest)));
      passed += chunk.length;
      if (rest >= chunk.length) return;
      this.cuts += 1;
      socket.destroy();
    });
    store.pipe(socket);
  }
}
