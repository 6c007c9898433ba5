import type { Child, ChildSpec } from './child.ts';
import type { Supervisor } from './supervisor.ts';

/** A server process that can be ended and started again with the same settings. */
export interface Server {
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Starts a server and waits until `isReady` resolves; when that rejects, the server is ended and so does this. */
export async function startServer(
  supervisor: Supervisor,
  spec: ChildSpec,
  isReady: (child: Child) => Promise<void>,
): Promise<Server> {
  const launch = async () => {
    const child = await supervisor.start(spec);
    try {
      await isReady(child);
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  };
  let child = await launch();
  return {
    stop: () => child.stop(),
    async start() {
      child = await launch();
    },
    close: () => child.stop(),
  };
}
