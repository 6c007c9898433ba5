import { arrive, phase, type SessionClaims, sessionOfEpoch } from '#media-node/test/stage.ts';
import { TestEdge } from '#media-node/test/test-edge.ts';
import { TestNode } from '#media-node/test/test-node.ts';
import type { TestPlayer } from '#media-node/test/test-player.ts';
import { usageOf } from '../soak/usage.ts';
import { MemoryWatch } from './memory.ts';

/** pino's number of the level. */
const WARN = 40;

/** What a fuzz run has seen. */
export interface FuzzCount {
  inputs: number;
  /** Answers by their code. */
  codes: Record<string, number>;
  memory: ReturnType<MemoryWatch['judge']>;
}

/** With little room V8 collects often, so that what is left behind shows. */
export const SMALL_HEAP = ['--max-semi-space-size=1', '--max-old-space-size=128'];

/** The memory of a node's program and of its mediasoup workers. */
export function watchNode(pid: number): MemoryWatch {
  return new MemoryWatch(() => {
    const { nodeMb, workersMb } = usageOf(pid, []);
    return { nodeMb, workersMb };
  });
}

/** A real node with a session whose host plays on while somebody else is fuzzing. */
export class FuzzedNode {
  readonly edge: TestEdge;
  readonly node: TestNode;
  readonly session: SessionClaims;
  readonly host: TestPlayer;
  readonly memory: MemoryWatch;
  readonly #pinging: NodeJS.Timeout;

  private constructor(edge: TestEdge, node: TestNode, session: SessionClaims, host: TestPlayer) {
    this.edge = edge;
    this.node = node;
    this.session = session;
    this.host = host;
    this.memory = watchNode(node.pid);
    this.#pinging = setInterval(() => host.send({ type: 'ping', sentAt: 0 }), 2000);
  }

  static async open(): Promise<FuzzedNode> {
    const edge = await TestEdge.open();
    const node = await TestNode.open({ edge, nodeOptions: SMALL_HEAP });
    const session = sessionOfEpoch(1);
    const host = await arrive(edge, session);
    await phase(host, 'playing');
    return new FuzzedNode(edge, node, session, host);
  }

  /** Throws unless the node serves as before: the host is in, a spectator gets picture and sound. */
  async checkServing(sub: string): Promise<void> {
    if (this.host.closed !== undefined) {
      const why = this.node.log.filter(({ level }) => Number(level) >= WARN).slice(-5);
      throw new Error(`the host was cut off: ${this.host.closed.reason} ${JSON.stringify(why)}`);
    }
    const spectator = await arrive(this.edge, { ...this.session, sub, role: 'spectator', seat: null });
    const { routerRtpCapabilities: rtpCapabilities } = await spectator.welcome();
    const consumed = await spectator.request({ type: 'consume', rtpCapabilities });
    if (!consumed.ok) throw new Error(`no streams any more: ${consumed.error.code}`);
    spectator.vanish();
    this.memory.look();
  }

  async close(): Promise<void> {
    clearInterval(this.#pinging);
    await this.node.close();
    await this.edge.close();
  }
}

export function count(codes: Record<string, number>, code: string): void {
  codes[code] = (codes[code] ?? 0) + 1;
}
