import type { Readable } from 'node:stream';
import { z } from 'zod';
import { boardIdSchema, MAX_BOARDS, scoreSchema } from '#shared/leaderboards.ts';
import { MAX_SEATS } from '#shared/manifest.ts';
import { GameOutput } from './game-output.ts';

/** The descriptor on which a game with leaderboards tells of its matches; `NEARCADE_MATCHES` names it to the game. */
export const MATCHES_FD = 6;

/** Characters of one line: every seat with every board, and room to spare. More is cut off, and so is no JSON. */
const LINE_LENGTH = 16 * 1024;

/** Bytes a second that are read of it; a game that writes more waits. */
const READ_BYTES_PER_S = 32 * 1024;

/** Wrong lines that are logged of one game: for its developer, not to fill the disk. */
const LOGGED_FAULTS = 20;

const matchLineSchema = z.discriminatedUnion('match', [
  z.object({ match: z.literal('started') }),
  z.object({
    match: z.literal('ended'),
    seats: z
      .array(
        z.object({
          seat: z.int().min(1).max(MAX_SEATS),
          /** 1 is the winner's. */
          place: z.int().min(1).max(MAX_SEATS).nullable().default(null),
          scores: z
            .record(boardIdSchema, scoreSchema)
            .refine(scores => Object.keys(scores).length <= MAX_BOARDS, 'too many boards')
            .default({}),
        }),
      )
      .min(1)
      .max(MAX_SEATS)
      .refine(seats => new Set(seats.map(({ seat }) => seat)).size === seats.length, 'a seat is there twice'),
  }),
]);

/** What a game says of its matches. It is the game's word: nothing in it is more than a number of a seat and scores. */
export type MatchLine = z.infer<typeof matchLineSchema>;
export type MatchResult = Extract<MatchLine, { match: 'ended' }>['seats'][number];

/** Reads what a game writes there, a JSON object a line. What is none of ours is told to `onFault`, at most so often. */
export function readMatchLines(
  stream: Readable,
  onLine: (line: MatchLine) => void,
  onFault: (why: string) => void,
): void {
  let faults = 0;
  const output = new GameOutput(
    text => {
      if (text.trim() === '') return;
      const line = parse(text);
      if ('match' in line) onLine(line);
      else if (faults++ < LOGGED_FAULTS) onFault(line.fault);
    },
    { lineLength: LINE_LENGTH, bytesPerSecond: READ_BYTES_PER_S },
  );
  // It ends with the game, whichever way that goes.
  stream.on('error', () => undefined);
  output.listen(stream);
}

function parse(text: string): MatchLine | { fault: string } {
  try {
    const parsed = matchLineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : { fault: z.prettifyError(parsed.error) };
  } catch {
    return { fault: 'no JSON' };
  }
}
