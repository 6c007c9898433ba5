import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { z } from 'zod';
import { freePort } from '#local/supervise/ports.ts';
import { Supervisor } from '#local/supervise/supervisor.ts';
import { waitUntilReady } from '#local/supervise/wait.ts';

/** The program that the npm package brings. */
const program = () =>
  z.object({ default: z.string() }).parse(createRequire(import.meta.url)('workerd')).default;

const READY_TIMEOUT_MS = 30_000;

/** One Worker of a workerd, by the names of its configuration (`workerd.capnp` of the npm package). */
export interface WorkerService {
  name: string;
  /** Its one ES module. */
  script: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  text?: Readonly<Record<string, string>>;
  json?: Readonly<Record<string, unknown>>;
  /** Binding to class. Their storage is in memory: on Cloudflare it is not on this machine's disk either. */
  objects?: Readonly<Record<string, string>>;
  /** Binding to the service that takes a queue's messages. */
  queues?: Readonly<Record<string, string>>;
  services?: Readonly<Record<string, string>>;
}

export interface Workerd {
  /** The origin of that service. */
  origin(service: string): string;
  close(): Promise<void>;
}

/** Runs Workers in workerd alone: nothing before them, nothing between them and the network, no process that reads what they log. */
export async function startWorkerd(
  folder: string,
  services: readonly WorkerService[],
  isReady: (origin: string) => Promise<boolean>,
): Promise<Workerd> {
  mkdirSync(folder, { recursive: true });
  const ports = new Map<string, number>();
  for (const { name } of services) ports.set(name, await freePort());
  const origin = (name: string) => `http://127.0.0.1:${ports.get(name)}`;
  const config = `${folder}/config.capnp`;
  writeFileSync(config, configOf(folder, services, ports), { mode: 0o600 });
  const supervisor = new Supervisor(`${folder}/run.json`);
  const child = await supervisor.start({
    name: 'workerd',
    command: program(),
    // The queue hands its batches over by a flag that is experimental yet; Miniflare does the same.
    args: ['serve', '--experimental', config],
    cwd: folder,
    env: {},
    logFile: `${folder}/workerd.log`,
  });
  try {
    for (const { name } of services.slice(0, 1)) {
      const signal = new AbortController().signal;
      await waitUntilReady(child, () => isReady(origin(name)), { timeoutMs: READY_TIMEOUT_MS, signal });
    }
  } catch (error) {
    await supervisor.close();
    throw error;
  }
  return { origin, close: () => supervisor.close() };
}

function configOf(folder: string, services: readonly WorkerService[], ports: Map<string, number>): string {
  const workers = services.map(
    service => `(name = ${quote(service.name)}, worker = (
      modules = [(name = "worker.js", esModule = embed ${quote(relative(folder, service.script))})],
      compatibilityDate = ${quote(service.compatibilityDate)},
      compatibilityFlags = [${service.compatibilityFlags.map(quote).join(', ')}],
      bindings = [${bindingsOf(service).join(',\n        ')}],
      durableObjectNamespaces = [${Object.values(service.objects ?? {})
        .map(name => `(className = ${quote(name)}, uniqueKey = ${quote(name)}, enableSql = true)`)
        .join(', ')}],
      durableObjectStorage = (inMemory = void),
      globalOutbound = "network"))`,
  );
  const sockets = services.map(
    ({ name }) =>
      `(name = ${quote(name)}, address = "127.0.0.1:${ports.get(name)}", http = (), service = ${quote(name)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${workers.join(',\n    ')},
    (name = "network", network = (allow = ["public", "private"]))],
  sockets = [${sockets.join(',\n    ')}]);
`;
}

function bindingsOf({ text = {}, json = {}, objects = {}, queues = {}, services = {} }: WorkerService) {
  const of = (values: Readonly<Record<string, string>>, kind: string) =>
    Object.entries(values).map(([name, value]) => `(name = ${quote(name)}, ${kind} = ${quote(value)})`);
  const asJson = Object.entries(json).map(([name, value]) => [name, JSON.stringify(value)] as const);
  return [
    ...of(text, 'text'),
    ...of(Object.fromEntries(asJson), 'json'),
    ...of(objects, 'durableObjectNamespace'),
    ...of(queues, 'queue'),
    ...of(services, 'service'),
  ];
}

/** A text literal of Cap'n Proto's language; beyond ASCII as it is. */
const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
