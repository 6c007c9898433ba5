import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { MatchLine, MatchResult } from '../host/match-lines.ts';
import type { Session } from './session.ts';

/** Matches of one session in a minute: none that is worth a place on a board is shorter for long. More are left out. */
const MATCHES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/** Makes events of what a game says of its matches: seats become the players who have them, and only the game's own boards count. */
export class Matches {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #log: Logger;
  #startedAt: number;
  #ends: number[] = [];

  constructor(session: Session, clock: Clock, log: Logger) {
    this.#session = session;
    this.#clock = clock;
    this.#log = log;
    this.#startedAt = clock.now();
  }

  take(line: MatchLine): void {
    const now = this.#clock.now();
    if (line.match === 'started') {
      this.#startedAt = now;
      return;
    }
    const startedAt = this.#startedAt;
    this.#startedAt = now;
    const players = line.seats.flatMap(result => this.#playerOf(result));
    // Nobody is there, or those who were have given their seats up.
    if (players.length === 0) return;
    this.#ends = this.#ends.filter(at => at > now - MINUTE_MS);
    if (this.#ends.length >= MATCHES_PER_MINUTE) {
      this.#log.warn({ sessionId: this.#session.id }, 'the game ends more matches than it may');
      return;
    }
    this.#ends.push(now);
    this.#session.emit({
      type: 'match_ended',
      matchId: randomUUID(),
      startedAt: new Date(startedAt).toISOString(),
      players,
    });
  }

  #playerOf({ seat, place, scores }: MatchResult) {
    const userId = this.#session.userOf(seat);
    if (userId === undefined) return [];
    const boards = this.#session.game.manifest.leaderboards;
    return [
      {
        userId,
        seat,
        place,
        scores: boards.flatMap(({ id }) => {
          const value = scores[id];
          return value === undefined ? [] : [{ board: id, value }];
        }),
      },
    ];
  }
}
