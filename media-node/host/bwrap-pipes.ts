import type { Readable, Writable } from 'node:stream';

/** Hands bwrap what it reads from a descriptor. */
export function give(pipe: Readable | Writable | null | undefined, bytes: Buffer): void {
  if (pipe === null || pipe === undefined || !('end' in pipe)) return; // it was not started: its exit says so
  pipe.on('error', () => undefined); // it ended before it read: the same
  pipe.end(bytes);
}

/** The first process in a sandbox, by `--json-status-fd`. Undefined when the sandbox ended before it had one. */
export async function initPid(status: Readable): Promise<number | undefined> {
  let text = '';
  for await (const chunk of status.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
    if (pid === undefined) continue;
    status.resume();
    return Number(pid);
  }
  return undefined;
}
