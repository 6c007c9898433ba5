import type { JSX } from 'preact';
import { historyApi, type Match } from '#shared/api/history.ts';
import { Link } from '../link.tsx';
import { PageEnd } from '../page-end.tsx';
import { useServices } from '../services-context.ts';
import { usePages } from '../use-pages.ts';
import { sayMoment } from '../words.ts';
import type { Titles } from './history-page.tsx';

/** Matches at a time. */
const LINES = 10;

export function MatchList({ titles }: { titles: Titles }): JSX.Element {
  const { access, api } = useServices();
  const state = access.state.value;
  const me = state.kind === 'in' ? state.user.id : '';
  const matches = usePages<Match>(page => api.call(historyApi.matches, { query: { ...page, limit: LINES } }));
  return (
    <section class="panel" aria-labelledby="matches-title">
      <h2 id="matches-title" class="panel-title">
        Matches
      </h2>
      <ul class="history-list" data-testid="matches">
        {matches.items?.map(match => (
          <li key={match.id} class="history-match">
            <div class="history-text">
              <strong>
                <Link to={{ page: 'game', slug: match.game }} class="text-link">
                  {titles.get(match.game) ?? match.game}
                </Link>
              </strong>
              <span class="muted">{sayMoment(match.endedAt)}</span>
            </div>
            <ol class="match-players">
              {inOrder(match).map(({ user, seat, place, scores }) => (
                <li key={seat} class={user.id === me ? 'match-player match-me' : 'match-player'}>
                  <span class="seat-tag">{place === null ? `Seat ${seat}` : `${place}.`}</span>
                  <span class="match-name">{user.displayName}</span>
                  <span class="history-figure">
                    {scores.map(({ value }) => value.toLocaleString()).join(' · ')}
                  </span>
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
      <PageEnd pages={matches} empty="No match yet. Games that keep scores tell of them here." />
    </section>
  );
}

function inOrder({ players }: Match): Match['players'] {
  const rank = (player: Match['players'][number]) => player.place ?? Number.POSITIVE_INFINITY;
  return players.toSorted((a, b) => (rank(a) === rank(b) ? a.seat - b.seat : rank(a) - rank(b)));
}
