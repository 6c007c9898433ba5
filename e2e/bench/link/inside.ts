import { enterNamespace } from './enter.ts';
import { LinkNetwork } from './network.ts';

/** Tells the inner process that its namespaces are those that this process made. */
const NETWORK_OF = 'NEARCADE_BENCH_NETWORK_OF';

/** Whether this is the program's second run, within the server's namespace. */
export const isInside = (): boolean => process.env[NETWORK_OF] !== undefined;

/**
 * Makes the namespaces of an emulated link and runs this program once more within the server's; there, `work` is done. The outer
 * process removes them however the inner one ends. Answers the exit code.
 */
export async function insideNetwork(work: (network: LinkNetwork) => Promise<number>): Promise<number> {
  const outer = process.env[NETWORK_OF];
  if (outer !== undefined) return work(LinkNetwork.attach(Number(outer)));
  const network = await LinkNetwork.create();
  try {
    return await enterNamespace(network.server, { [NETWORK_OF]: String(process.pid) });
  } finally {
    await network.close();
  }
}
