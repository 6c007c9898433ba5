import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { adminFleetApi } from '#shared/api/admin-fleet.ts';
import { Link } from '../ui/link.tsx';
import { useServices } from '../ui/services-context.ts';
import { ActButton } from './act-button.tsx';
import { PagesTable, When } from './pages-table.tsx';
import { usePages } from './use-pages.ts';

const SHOWN = [
  ['live', 'That go on'],
  ['queued', 'Waiting'],
  ['failed', 'Failed'],
  ['ended', 'Ended'],
] as const;

export function SessionsSection(): JSX.Element {
  const { api } = useServices();
  const state = useSignal<(typeof SHOWN)[number][0]>('live');
  const pages = usePages(state.value, page =>
    api.call(adminFleetApi.sessions, { query: { state: state.peek(), ...page } }),
  );
  return (
    <>
      <fieldset class="row admin-choice" aria-label="Which sessions">
        {SHOWN.map(([value, words]) => (
          <button
            key={value}
            type="button"
            class={value === state.value ? 'button button-small button-primary' : 'button button-small'}
            aria-pressed={value === state.value}
            onClick={() => {
              state.value = value;
            }}
          >
            {words}
          </button>
        ))}
      </fieldset>
      <PagesTable
        pages={pages}
        testId="admin-session-list"
        keyOf={({ id }) => id}
        columns={['Asked for', 'Game', 'State', 'Region', 'Node', 'Players', 'Watching', 'Host', '']}
        row={session => [
          <When key="at" at={session.createdAt} />,
          session.game,
          session.endReason === null ? session.state : `${session.state}: ${session.endReason}`,
          session.region ?? '–',
          session.nodeId ?? '–',
          session.players,
          session.spectators,
          <Link key="host" to={{ page: 'admin', section: 'players', playerId: session.ownerId }}>
            Host
          </Link>,
          session.endedAt === null && (
            <ActButton
              key="end"
              label="End"
              danger
              text="Ends the session for everybody in it. What it cost is settled."
              testId={`end-${session.id}`}
              done={pages.reload}
              act={reason =>
                api.call(adminFleetApi.endSession, { params: { sessionId: session.id }, body: { reason } })
              }
            />
          ),
        ]}
      />
    </>
  );
}
