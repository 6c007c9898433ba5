import { setTimeout as sleep } from 'node:timers/promises';
import { NearcadeError } from '#shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { runAgent } from './agent.ts';
import type { AgentContext } from './context.ts';
import { Mailbox } from './mailbox.ts';
import type { AgentMessage } from './messages.ts';
import type { Session } from './session.ts';
import type { SlotMachinery } from './slot-machinery.ts';

/** Milliseconds that a session waits for a slot which is still being cleared of its last one. */
const FREE_DEADLINE_MS = 10_000;
const FREE_POLL_MS = 20;

/** Milliseconds before a slot whose machinery does not start is tried again. */
const REPAIR_PAUSE_MS = 2000;

export interface AgentLineOptions {
  machinery: SlotMachinery;
  clock: Clock;
  edgeWasAway: AgentContext['edgeWasAway'];
  log: Logger;
}

/** A slot's agents, one after another; between two of them the slot is made warm again. */
export class AgentLine {
  readonly #options: AgentLineOptions;
  #agent: AgentContext | undefined;
  #closing = false;
  #running: Promise<void> | undefined;

  constructor(options: AgentLineOptions) {
    this.#options = options;
  }

  /** The agent that lives now; undefined while the slot is made warm. */
  get agent(): AgentContext | undefined {
    return this.#agent;
  }

  run(): void {
    this.#running ??= this.#runAgents();
  }

  /** Tells the agent of now, if there is one. */
  post(message: AgentMessage): void {
    this.#agent?.mailbox.post(message);
  }

  /** No agent follows the one of now. */
  closeAfterThis(): void {
    this.#closing = true;
  }

  /** Resolves when the last agent has ended; only after `closeAfterThis`. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** Gives the session to the next agent that is free. Throws `slot_busy` when none is in time. */
  async give(session: Session): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + FREE_DEADLINE_MS;
    while (
      this.#agent === undefined ||
      this.#agent.session !== undefined ||
      this.#agent.endReason !== undefined
    ) {
      if (clock.now() > deadline || this.#closing) {
        session.end('host_failed');
        throw new NearcadeError('slot_busy');
      }
      await sleep(FREE_POLL_MS);
    }
    this.#agent.mailbox.post({ type: 'session_assigned', session });
  }

  async #runAgents(): Promise<void> {
    const { machinery, clock, edgeWasAway, log } = this.#options;
    while (!this.#closing) {
      const agent: AgentContext = {
        mailbox: new Mailbox(),
        slot: machinery,
        clock,
        edgeWasAway,
        log,
        session: undefined,
        game: undefined,
        launching: undefined,
        endReason: undefined,
        drainDeadline: undefined,
      };
      this.#agent = agent;
      try {
        await runAgent(agent);
      } catch (error) {
        log.error({ err: error }, 'the agent failed');
        agent.session?.end('host_failed');
      }
      this.#agent = undefined;
      if (!this.#closing) await this.#reset();
    }
  }

  async #reset(): Promise<void> {
    const { machinery, log } = this.#options;
    const start = performance.now();
    while (!this.#closing) {
      try {
        await machinery.reset();
        log.info({ ms: Math.round(performance.now() - start) }, 'slot is warm again');
        return;
      } catch (error) {
        log.error({ err: error }, 'the slot cannot be reset: will retry');
        await sleep(REPAIR_PAUSE_MS);
      }
    }
  }
}
