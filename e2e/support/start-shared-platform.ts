import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type Platform, startPlatform } from '#local/platform.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where to ask for the platform that files share. */
    sharedPlatform: string;
  }
}

/** A host and somebody who plays something else. */
const SLOTS = 2;

/**
 * vitest's `globalSetup`: files run in processes of their own, and to start and stop a platform takes longer than many of them. Whoever asks
 * first over HTTP has it started, so that files with platforms of their own run without it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let platform: Promise<Platform> | undefined;
  const server = createServer(async (_request, response) => {
    platform ??= startPlatform({ name: 'e2e-shared', slots: SLOTS });
    try {
      const { baseUrl, databaseUrl, paths } = await platform;
      response.end(JSON.stringify({ baseUrl, databaseUrl, secretsDir: paths.secrets }));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  project.provide('sharedPlatform', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return async () => {
    server.close();
    server.closeAllConnections();
    // What did not start has told who asked.
    await platform?.then(
      started => started.close(),
      () => {},
    );
  };
}
