import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { historyApi, type Rank } from '#shared/api/history.ts';
import type { Board, BoardPeriod } from '#shared/leaderboards.ts';
import { PageEnd } from '../page-end.tsx';
import { useServices } from '../services-context.ts';
import { usePages } from '../use-pages.ts';
import { sayDay } from '../words.ts';

/** Ranks at a time. */
const RANKS = 10;

const PERIODS: ReadonlyArray<{ period: BoardPeriod; label: string }> = [
  { period: 'all', label: 'All time' },
  { period: 'week', label: 'This week' },
  { period: 'day', label: 'Today' },
];

export function Leaderboard({ game, board }: { game: string; board: Board }): JSX.Element {
  const { access, api } = useServices();
  const period = useSignal<BoardPeriod>('all');
  const mine = useSignal<Rank | null>(null);
  const state = access.state.value;
  const me = state.kind === 'in' ? state.user.id : '';
  const params = { game, board: board.id };
  const ranks = usePages<Rank>(
    page => api.call(historyApi.ranks, { params, query: { ...page, period: period.peek(), limit: RANKS } }),
    period.value,
  );
  useEffect(() => {
    const wanted = period.value;
    mine.value = null;
    api.call(historyApi.myRank, { params, query: { period: wanted } }).then(
      ({ rank }) => {
        if (wanted === period.peek()) mine.value = rank;
      },
      () => {},
    );
  }, [period.value]);
  const isShown = ranks.items?.some(({ user }) => user.id === me) ?? false;
  const title = `board-${board.id}`;
  return (
    <section class="panel" aria-labelledby={title} data-testid={title}>
      <div class="board-head">
        <h2 id={title} class="panel-title">
          {board.title}
        </h2>
        <fieldset class="board-periods">
          <legend class="visually-hidden">Period</legend>
          {PERIODS.map(({ period: value, label }) => (
            <button
              key={value}
              type="button"
              class="button button-small button-plain"
              aria-pressed={period.value === value}
              onClick={() => {
                period.value = value;
              }}
            >
              {label}
            </button>
          ))}
        </fieldset>
      </div>
      <ol class="match-players">
        {ranks.items?.map(rank => (
          <RankLine key={rank.user.id} rank={rank} mine={rank.user.id === me} />
        ))}
        {mine.value && !isShown && <RankLine rank={mine.value} mine={true} />}
      </ol>
      <PageEnd pages={ranks} empty="Nobody is on it yet." />
    </section>
  );
}

function RankLine({ rank: { rank, user, value, at }, mine }: { rank: Rank; mine: boolean }): JSX.Element {
  return (
    <li class={mine ? 'match-player match-me' : 'match-player'}>
      <span class="seat-tag">{rank}.</span>
      <span class="match-name">{user.displayName}</span>
      <span class="muted board-day">{sayDay(at)}</span>
      <span class="history-figure">{value.toLocaleString()}</span>
    </li>
  );
}
