import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { callApi } from '#shared/api/client.ts';
import { fleetApi, type NodeEvent } from '#shared/api/fleet.ts';
import { PlainCallers } from './load.ts';

/** A lease that lasts the whole run: the nodes are not there to send heartbeats. */
const LEASE = '1 day';

export interface BenchNode {
  id: string;
  token: string;
}

/** Media nodes as the control plane knows them, without the machines. */
export class BenchFleet {
  readonly nodes: BenchNode[] = [];
  readonly #origin: string;
  /** A node has one report under way: one connection each. */
  readonly #reports: PlainCallers;
  readonly #key: string;
  readonly #database: pg.Client;
  readonly #game: { slug: string; version: string };
  readonly slotsPerNode: number;

  constructor(options: {
    origin: string;
    /** How many it grows to at most. */
    nodes: number;
    registrationKey: string;
    database: pg.Client;
    game: { slug: string; version: string };
    slotsPerNode: number;
  }) {
    this.#origin = options.origin;
    this.#reports = new PlainCallers(options.origin, options.nodes);
    this.#key = options.registrationKey;
    this.#database = options.database;
    this.#game = options.game;
    this.slotsPerNode = options.slotsPerNode;
  }

  async grow(count: number): Promise<void> {
    for (let index = this.nodes.length; this.nodes.length < count; index++) {
      this.nodes.push(await this.#register(`bench-${String(index).padStart(3, '0')}`));
    }
  }

  /** The node dies without a word: its lease runs out, and a machine of the same name comes back with nothing. */
  async lose(index: number): Promise<void> {
    const node = this.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    await this.#database.query(`update nodes set lease_expires_at = now() - interval '1 s' where id = $1`, [
      node.id,
    ]);
    this.nodes[index] = await this.#register(node.id);
  }

  /** What a node says when games have ended. */
  async report(node: BenchNode, ended: ReadonlyArray<{ sessionId: string; epoch: number }>): Promise<void> {
    const events: NodeEvent[] = ended.map(({ sessionId, epoch }) => ({
      id: randomUUID(),
      sessionId,
      epoch,
      seq: 1,
      at: new Date().toISOString(),
      type: 'session_ended',
      reason: 'game_exited',
    }));
    const headers = { authorization: `Bearer ${node.token}` };
    const index = this.nodes.findIndex(({ id }) => id === node.id);
    const { status, text } = await this.#reports.call(index, 'POST', fleetApi.events.path, headers, {
      events,
    });
    if (status >= 300) throw new Error(`events were answered ${status}: ${text}`);
  }

  close(): void {
    this.#reports.close();
  }

  async #register(nodeId: string): Promise<BenchNode> {
    const body = {
      nodeId,
      bootId: randomUUID(),
      region: 'local',
      signalUrl: 'ws://127.0.0.1:1/',
      slots: this.slotsPerNode,
      version: 'bench',
      games: [this.#game],
    };
    const answer = await callApi(
      fleetApi.register,
      { body },
      { fetch, origin: this.#origin, token: this.#key },
    );
    await this.#database.query(`update nodes set lease_expires_at = now() + $2::interval where id = $1`, [
      nodeId,
      LEASE,
    ]);
    return { id: nodeId, token: answer.nodeToken };
  }
}
