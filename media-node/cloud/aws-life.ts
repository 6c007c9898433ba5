import { setTimeout as sleep } from 'node:timers/promises';
import { NearcadeError } from '#shared/errors.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config.ts';
import { backoffMs } from '../fleet/backoff.ts';
import type { FleetLife, LifeListener, Notice, Rest, ServingNode } from '../life/fleet-life.ts';
import { ScaleInProtection } from '../life/scale-in-protection.ts';
import type { Logger } from '../log.ts';
import { AutoScalingGroup } from './auto-scaling.ts';
import { InstanceMetadata } from './instance-metadata.ts';
import { NoticeWatch } from './notice-watch.ts';
import { SlotsInUse } from './slots-in-use.ts';

/** Milliseconds between heartbeats to the terminating hook: several fit into the shortest timeout that is sensible (terraform/). */
const HOOK_BEAT_MS = 60_000;

/** Milliseconds between looks whether something is held: a session is told of at once, its end may wait. */
const LOOK_MS = 1000;

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 15_000;

/** Tries of a word that the process waits for at its end, about half a minute; the hook's timeout decides after them. */
const LAST_TRIES = 7;

/**
 * Refusals of a hook's completion after which the group does not wait for it, about half a minute: it may do so only a moment after the
 * machine has begun, and after the notice to leave.
 */
const REFUSALS = 7;

export interface AwsLifeOptions {
  fleet: Extract<Config['fleet'], { kind: 'aws' }>;
  log: Logger;
  /** Milliseconds between heartbeats to the terminating hook. */
  hookBeatMs?: number;
}

/** A node in an Auto Scaling group of EC2. What a node must say of its group stands in ARCHITECTURE.md. */
export class AwsLife implements FleetLife {
  readonly #options: AwsLifeOptions;
  readonly #metadata = new InstanceMetadata();
  readonly #group: AutoScalingGroup;
  readonly #protection: ScaleInProtection;
  readonly #over = new AbortController();
  /** What runs until this is closed. */
  readonly #running = new Set<Promise<void>>();
  #watch: NoticeWatch | undefined;
  #slotsInUse: SlotsInUse | undefined;
  #serving: ServingNode | undefined;
  #lookAgain: NodeJS.Timeout | undefined;
  #rest: Rest | undefined;
  #isReplaced = false;
  /** The group waits at the terminating hook. */
  #beats = false;
  #closing: Promise<void> | undefined;

  constructor(options: AwsLifeOptions) {
    this.#options = options;
    const { fleet, log } = options;
    this.#group = new AutoScalingGroup({
      region: fleet.region,
      name: fleet.autoScalingGroup,
      instanceId: () => this.#metadata.instanceId(),
    });
    this.#protection = new ScaleInProtection({
      protect: isOn => this.#group.protect(isOn),
      lingerMs: fleet.protectionLingerSeconds * 1000,
      clock: systemClock,
      log,
    });
  }

  begin(listener: LifeListener): Promise<void> {
    const onNotice = (notice: Notice) => {
      if (notice.kind === 'lifecycle_hook') this.#onHook();
      listener.onNotice(notice);
    };
    const onRest = (rest: Rest | undefined) => {
      this.#rest = rest;
      listener.onRest(rest);
    };
    this.#watch ??= new NoticeWatch({
      metadata: this.#metadata,
      listener: { onNotice, onRest },
      everyMs: this.#options.fleet.noticeSeconds * 1000,
      clock: systemClock,
      log: this.#options.log,
    });
    return this.#watch.begin();
  }

  serve(node: ServingNode): void {
    const { fleet, log } = this.#options;
    if (this.#serving !== undefined || this.#over.signal.aborted) return;
    this.#serving = node;
    this.#run(() => this.#started());
    this.#lookAgain = setInterval(() => this.look(), LOOK_MS);
    this.look();
    this.#slotsInUse = new SlotsInUse({
      region: fleet.region,
      group: fleet.autoScalingGroup,
      read: () => node.slotsInUse(),
      clock: systemClock,
      log,
    });
    this.#slotsInUse.begin();
  }

  look(): void {
    if (this.#serving === undefined) return;
    const isHeld = this.#serving.isHeld();
    this.#protection.hold(isHeld);
    if (this.#rest !== 'rebalance' || isHeld || this.#isReplaced) return;
    this.#isReplaced = true;
    this.#run(() => this.#replace());
  }

  async failed(): Promise<void> {
    const { bootHook } = this.#options.fleet;
    if (bootHook === undefined || this.#serving !== undefined) return;
    await this.#lastWord(bootHook, 'ABANDON');
  }

  async left(): Promise<void> {
    const { fleet, log } = this.#options;
    clearInterval(this.#lookAgain);
    // What is terminating has no protection any more.
    const isTaken =
      this.#beats || (await this.#metadata.targetLifecycleState().catch(() => undefined)) === 'Terminated';
    if (!isTaken) return this.#protection.release();
    await this.#protection.close();
    if (await this.#lastWord(fleet.lifecycleHook, 'CONTINUE')) log.info('the machine may go');
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#over.abort();
    clearInterval(this.#lookAgain);
    await Promise.all([this.#watch?.close(), this.#slotsInUse?.close(), this.#protection.close()]);
    this.#group.close();
    await Promise.all(this.#running);
  }

  /** The group waits for as long as this node says that it is still here. */
  #onHook(): void {
    if (this.#beats) return;
    this.#beats = true;
    void this.#protection.close();
    this.#run(async () => {
      const { fleet, log, hookBeatMs = HOOK_BEAT_MS } = this.#options;
      while (!this.#over.signal.aborted) {
        await this.#group.beat(fleet.lifecycleHook).then(
          () => log.info('the group waits for this node'),
          (err: unknown) => log.warn({ err }, 'the group does not know that it is waited for'),
        );
        await this.#pause(hookBeatMs);
      }
    });
  }

  /** The group waits for it only at the machine's first start: at others there is nothing to complete. */
  async #started(): Promise<void> {
    const { fleet, log } = this.#options;
    const { bootHook } = fleet;
    if (bootHook === undefined) return;
    let refusals = 0;
    await this.#until(async () => {
      // It counts as started by then.
      if (this.#beats) return;
      try {
        await this.#group.complete(bootHook, 'CONTINUE');
      } catch (err) {
        if (isRefused(err)) refusals += 1;
        if (refusals < REFUSALS) throw err;
        log.info({ err }, 'the group does not wait for this node: it has served before');
        return;
      }
      log.info('the group knows that this node serves');
    }, 'the group does not know yet that this node serves');
  }

  /** What may be taken back soon, and is empty, is of no use here: another machine takes its place. */
  async #replace(): Promise<void> {
    const { log } = this.#options;
    await this.#until(async () => {
      await this.#group.replace();
      log.info('the group puts another machine in the place of this one');
    }, 'the group has not heard yet that another machine should take this place');
  }

  /** Whether the group has heard it. */
  #lastWord(hook: string, result: 'CONTINUE' | 'ABANDON'): Promise<boolean> {
    const said = `the group has not heard ${result} for ${hook}`;
    return this.#until(() => this.#group.complete(hook, result), said, LAST_TRIES);
  }

  /** Tries until it is done, at most so many times, or until this is closed. Whether it was done. */
  async #until(act: () => Promise<void>, failure: string, most = Number.POSITIVE_INFINITY): Promise<boolean> {
    for (let attempt = 0; attempt < most && !this.#over.signal.aborted; attempt++) {
      try {
        await act();
        return true;
      } catch (err) {
        this.#options.log.warn({ err, attempt }, failure);
        await this.#pause(backoffMs(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, Math.random));
      }
    }
    return false;
  }

  #run(work: () => Promise<void>): void {
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#over.signal }).catch(() => undefined);
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof NearcadeError && error.code === 'cloud_refused';
