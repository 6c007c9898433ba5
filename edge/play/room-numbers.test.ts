import { expect, it } from 'vitest';
import { answerOf, codeOf, createOk, join, newGame, newNode, newPlayer } from '#edge/testing/platform.ts';
import { entrySchema } from '#shared/api/play.ts';

it('rooms are not found by trying their numbers: who guesses has to wait, and comes in by a share link all the same', async () => {
  const game = await newGame();
  await newNode([game]);
  const { roomNumber, inviteCode } = (await createOk(await newPlayer(), game)).session;
  const guesser = await newPlayer();
  const guess = (number: number) => join(guesser, { roomNumber: String(number), role: 'spectator' });
  const answers = await Promise.all(Array.from({ length: 25 }, (_, index) => guess(100_000 + index)));
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  expect(await codeOf(join(guesser, { roomNumber, role: 'spectator' }))).toBe('rate_limited');
  const entry = await answerOf(entrySchema, join(guesser, { inviteCode, role: 'spectator' }));
  expect(entry).toMatchObject({ role: 'spectator', session: { roomNumber } });
});
