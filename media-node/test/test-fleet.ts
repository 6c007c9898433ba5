import { vi } from 'vitest';
import { TestAws } from './test-aws.ts';
import type { TestEdge } from './test-edge.ts';
import { TestMetadata } from './test-metadata.ts';
import { TestNode } from './test-node.ts';

/** An Auto Scaling group of one instance, as its node sees it, by AWS' own names: the group, its metadata, what a node is configured with. */
export class TestFleet {
  readonly aws: TestAws;
  readonly metadata: TestMetadata;

  private constructor(aws: TestAws, metadata: TestMetadata) {
    this.aws = aws;
    this.metadata = metadata;
  }

  /** Until it is closed the SDK of this process and its children talks to it. */
  static async open(): Promise<TestFleet> {
    const fleet = new TestFleet(await TestAws.open(), await TestMetadata.open());
    const env = { ...fleet.aws.env, AWS_EC2_METADATA_SERVICE_ENDPOINT: fleet.metadata.url };
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    return fleet;
  }

  /** A node on the instance. */
  node(edge: TestEdge, overrides: Record<string, unknown> = {}): Promise<TestNode> {
    const fleet = {
      kind: 'aws',
      region: 'eu-central-1',
      autoScalingGroup: 'nearcade-test',
      lifecycleHook: 'nearcade-drain',
      bootHook: 'nearcade-boot',
      protectionLingerSeconds: 0.2,
      noticeSeconds: 0.1,
    };
    return TestNode.open({ edge, overrides: { fleet, ...overrides } });
  }

  /** The group takes the instance away, and waits at the terminating hook. */
  terminate(): void {
    this.aws.lifecycleState = 'Terminating:Wait';
    this.metadata.values.set('autoscaling/target-lifecycle-state', 'Terminated');
  }

  /** EC2 takes the instance back at `time` (milliseconds since 1970), rounded to seconds as EC2 has it. */
  interrupt(time: number): number {
    const seconds = Math.ceil(time / 1000) * 1000;
    const text = new Date(seconds).toISOString().replace('.000Z', 'Z');
    this.metadata.values.set('spot/instance-action', JSON.stringify({ action: 'terminate', time: text }));
    return seconds;
  }

  /** EC2 may need the instance back. */
  recommendRebalance(): void {
    const noticeTime = new Date().toISOString().replace(/\.\d+Z/, 'Z');
    this.metadata.values.set('events/recommendations/rebalance', JSON.stringify({ noticeTime }));
  }

  async close(): Promise<void> {
    vi.unstubAllEnvs();
    await Promise.all([this.aws.close(), this.metadata.close()]);
  }
}
