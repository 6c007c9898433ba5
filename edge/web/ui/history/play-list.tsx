import type { JSX } from 'preact';
import { historyApi, type Play } from '#shared/api/history.ts';
import { Link } from '../link.tsx';
import { PageEnd } from '../page-end.tsx';
import { useServices } from '../services-context.ts';
import { usePages } from '../use-pages.ts';
import { sayMoment, saySpan } from '../words.ts';
import type { Titles } from './history-page.tsx';

/** Sessions at a time. */
const LINES = 15;

export function PlayList({ titles }: { titles: Titles }): JSX.Element {
  const { api } = useServices();
  const plays = usePages<Play>(page => api.call(historyApi.plays, { query: { ...page, limit: LINES } }));
  return (
    <section class="panel" aria-labelledby="plays-title">
      <h2 id="plays-title" class="panel-title">
        Sessions
      </h2>
      <ul class="history-list" data-testid="plays">
        {plays.items?.map(play => (
          <li key={play.sessionId} class="history-item">
            <div class="history-text">
              <strong>
                <Link to={{ page: 'game', slug: play.game }} class="text-link">
                  {titles.get(play.game) ?? play.game}
                </Link>
              </strong>
              <span class="muted">
                {sayMoment(play.joinedAt)} · {play.region}
                {play.role === 'spectator' && ' · watched'}
              </span>
            </div>
            <span class="history-figure">{play.leftAt === null ? 'Goes on' : saySpan(play.seconds)}</span>
          </li>
        ))}
      </ul>
      <PageEnd pages={plays} empty="Nothing yet. What you play is kept here." />
    </section>
  );
}
