import { expect, it } from 'vitest';
import { call, codeOf, create, newGame, newNode, newPlayer } from '#edge/testing/platform.ts';
import { roomsApi } from '#shared/api/rooms.ts';

it('a player who does far more than hands can do has to wait, alone, and still plays', async () => {
  const [busy, other] = [await newPlayer(), await newPlayer()];
  const path = roomsApi.change.path.replace('{sessionId}', crypto.randomUUID());
  const act = ({ token }: { token: string }) => call('PATCH', path, { token, body: {} });
  let refused: Response | undefined;
  for (let round = 0; refused === undefined && round < 30; round++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => act(busy)));
    refused = answers.find(({ status }) => status === 429);
  }
  expect(refused?.headers.get('retry-after')).toBe('1');
  expect(await codeOf(refused as Response)).toBe('rate_limited');
  expect(await codeOf(act(other))).toBe('invalid_request');
  const game = await newGame();
  await newNode([game]);
  expect((await create(busy, game)).status).toBe(201);
});
