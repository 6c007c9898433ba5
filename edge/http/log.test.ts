import { SELF } from 'cloudflare:test';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createApp } from '#edge/app.ts';
import { parseSettings } from '#edge/env.ts';
import { openDatabase } from '#edge/store/database.ts';
import { bindings, newNode, newPlayer, ORIGIN, services } from '#edge/testing/platform.ts';
import { CONTROL_PATH } from '#shared/api/orders.ts';
import { LIVE_EVENT_MAX_CHARS } from '#shared/live-protocol.ts';
import { log, loggedAs } from './log.ts';

/** What was logged while `run` ran. */
async function linesOf(run: () => Promise<unknown>): Promise<Array<Record<string, unknown>>> {
  const lines: Array<Record<string, unknown>> = [];
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation(line => lines.push(JSON.parse(String(line))));
  }
  await run();
  return lines;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('log lines', () => {
  it('of a request all name it, and its answer does too', async () => {
    let answered: string | null = null;
    const unreachable = { ...bindings, NEON_FETCH_ENDPOINT: 'http://127.0.0.1:1/sql' };
    const lines = await linesOf(async () => {
      const response = await createApp().request('/v1/games', {}, unreachable);
      answered = response.headers.get('x-request-id');
    });
    // The driver's endpoint is global: put it back for the tests that follow.
    openDatabase(parseSettings(bindings));
    expect(lines.map(({ message }) => message)).toEqual(['request failed', 'request']);
    expect(new Set(lines.map(({ requestId }) => requestId))).toEqual(new Set([answered]));
  });

  it('of things at the same time are told apart, also after a wait', async () => {
    const lines = await linesOf(() =>
      Promise.all(
        ['one', 'two'].map(id =>
          loggedAs(id, async () => {
            await new Promise(resolve => setTimeout(resolve, 5));
            log('info', id);
          }),
        ),
      ),
    );
    expect(lines.map(({ requestId, message }) => [requestId, message])).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
  });

  it('of a Durable Object name the request that has asked it, or an id of their own', async () => {
    const player = await newPlayer();
    const node = await newNode([]);
    const { live } = await services();
    const text = 'x'.repeat(LIVE_EVENT_MAX_CHARS);
    const lines = await linesOf(async () => {
      await loggedAs('the-request', () =>
        live.send([player.user.id], {
          type: 'announcement',
          id: crypto.randomUUID(),
          text,
          level: 'info',
        }),
      );
      const headers = { Upgrade: 'websocket', Authorization: `Bearer ${node.token}` };
      const { webSocket } = await SELF.fetch(`${ORIGIN}${CONTROL_PATH}`, { headers });
      const closed = new Promise(resolve => webSocket?.addEventListener('close', resolve));
      webSocket?.accept();
      webSocket?.send('noise');
      await closed;
    });
    const line = (message: string) => lines.find(one => one.message === message);
    expect(line('live event is too long')).toMatchObject({ requestId: 'the-request' });
    expect(line('control message refused')?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
