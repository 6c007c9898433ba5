import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadEnvironment } from '#deploy/environment.ts';
import { wranglerConfig, writeConfig } from './config.ts';
import { openWrangler } from './wrangler.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nearcade-wrangler-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('wrangler is ended when it is stopped, also while Cloudflare does not answer', async () => {
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    const { run } = openWrangler({
      config: writeConfig(wranglerConfig(loadEnvironment('staging')), folder),
      folder,
      env: {
        ...process.env,
        CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
        CLOUDFLARE_API_TOKEN: 'token',
      },
    });
    const controller = new AbortController();
    const ended = run(['versions', 'list'], controller.signal).catch((error: unknown) => error);
    const [request] = await once(silent, 'request');
    const hungUp = once(request.socket, 'close');
    controller.abort(new Error('Ctrl-C'));
    expect(await ended).toMatchObject({ message: 'Ctrl-C' });
    await hungUp;
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
});
