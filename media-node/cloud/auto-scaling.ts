import {
  AutoScalingClient,
  AutoScalingServiceException,
  CompleteLifecycleActionCommand,
  RecordLifecycleActionHeartbeatCommand,
  SetInstanceHealthCommand,
  SetInstanceProtectionCommand,
} from '@aws-sdk/client-auto-scaling';
import { NearcadeError } from '#shared/errors.ts';

/** Milliseconds to reach the service, and for one answer; the SDK tries three times. */
const CONNECT_TIMEOUT_MS = 2000;
const ANSWER_TIMEOUT_MS = 5000;

/** What the service calls a request that is not possible as the instance stands: trying it again at once changes nothing. */
const REFUSAL = 'ValidationError';

export interface AutoScalingGroupOptions {
  region: string;
  name: string;
  instanceId: () => Promise<string>;
  answerTimeoutMs?: number | undefined;
}

/**
 * This instance in its Auto Scaling group (Amazon EC2 Auto Scaling API Reference, 2011-01-01), with the credentials of the machine's
 * role. `AWS_ENDPOINT_URL_AUTO_SCALING` points the SDK somewhere else. Everything may reject with `cloud_refused` (not possible as the
 * instance stands), or with `unavailable` (throttled, not allowed, not reached).
 */
export class AutoScalingGroup {
  readonly #options: AutoScalingGroupOptions;
  readonly #client: AutoScalingClient;

  constructor(options: AutoScalingGroupOptions) {
    this.#options = options;
    this.#client = new AutoScalingClient({
      region: options.region,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
  }

  /** Refused while the instance is not in service yet, is terminating, or was detached. */
  async protect(isOn: boolean): Promise<void> {
    await this.#ask('SetInstanceProtection', async () => {
      const command = new SetInstanceProtectionCommand({
        AutoScalingGroupName: this.#options.name,
        InstanceIds: [await this.#options.instanceId()],
        ProtectedFromScaleIn: isOn,
      });
      await this.#client.send(command);
    });
  }

  /** Has the group put another instance in this one's place, which then goes by the terminating hook. */
  async replace(): Promise<void> {
    await this.#ask('SetInstanceHealth', async () => {
      const command = new SetInstanceHealthCommand({
        InstanceId: await this.#options.instanceId(),
        HealthStatus: 'Unhealthy',
        ShouldRespectGracePeriod: false,
      });
      await this.#client.send(command);
    });
  }

  /** Says that the group may go on with this instance, or (`ABANDON`) that it had better have another. Refused when it does not wait. */
  async complete(hook: string, result: 'CONTINUE' | 'ABANDON'): Promise<void> {
    await this.#ask('CompleteLifecycleAction', async () => {
      const command = new CompleteLifecycleActionCommand({
        ...(await this.#action(hook)),
        LifecycleActionResult: result,
      });
      await this.#client.send(command);
    });
  }

  /** The group waits for the hook's whole timeout again. Refused when it does not wait. */
  async beat(hook: string): Promise<void> {
    await this.#ask('RecordLifecycleActionHeartbeat', async () => {
      await this.#client.send(new RecordLifecycleActionHeartbeatCommand(await this.#action(hook)));
    });
  }

  /** Idempotent. */
  close(): void {
    this.#client.destroy();
  }

  async #action(hook: string) {
    return {
      AutoScalingGroupName: this.#options.name,
      LifecycleHookName: hook,
      // Stands for the action's token, which only notifications carry.
      InstanceId: await this.#options.instanceId(),
    };
  }

  async #ask<T>(action: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      const isRefusal = cause instanceof AutoScalingServiceException && cause.name === REFUSAL;
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new NearcadeError(isRefusal ? 'cloud_refused' : 'unavailable', `${action}: ${said}`, { cause });
    }
  }
}
