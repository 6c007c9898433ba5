import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { adminPlayersApi } from '#shared/api/admin-players.ts';
import { Link } from '../ui/link.tsx';
import { useServices } from '../ui/services-context.ts';
import { PagesTable, When } from './pages-table.tsx';
import { usePages } from './use-pages.ts';

export function PlayersSection(): JSX.Element {
  const { api } = useServices();
  const words = useSignal('');
  const pages = usePages(words.value, page =>
    api.call(adminPlayersApi.find, { query: { q: words.peek(), ...page } }),
  );
  return (
    <>
      <search>
        <form
          class="row"
          onSubmit={event => {
            event.preventDefault();
            words.value = String(new FormData(event.currentTarget).get('q')).trim();
          }}
        >
          <input
            class="input"
            name="q"
            type="search"
            aria-label="Id, or the beginning of an e-mail address or name"
            placeholder="Id, e-mail address or name"
            maxLength={320}
            data-testid="admin-player-search"
          />
          <button type="submit" class="button">
            Find
          </button>
        </form>
      </search>
      <PagesTable
        pages={pages}
        testId="admin-player-list"
        keyOf={({ id }) => id}
        columns={['Name', 'E-mail address', 'Role', 'Registered', 'Last seen', 'State']}
        row={account => [
          <Link key="name" to={{ page: 'admin', section: 'players', playerId: account.id }}>
            {account.displayName}
          </Link>,
          account.email ?? (account.guest ? 'Guest' : '–'),
          account.role,
          <When key="made" at={account.createdAt} />,
          <When key="used" at={account.lastUsedAt} />,
          account.deletedAt !== null ? 'Deleted' : account.banned ? 'Banned' : '',
        ]}
      />
    </>
  );
}
