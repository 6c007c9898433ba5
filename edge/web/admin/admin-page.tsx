import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ADMIN_SECTIONS, type AdminSection } from '../app/router.ts';
import { Header } from '../ui/header.tsx';
import { Link } from '../ui/link.tsx';
import './admin.css';
import { AuditSection } from './audit-section.tsx';
import { BacklogSection } from './backlog-section.tsx';
import { NodesSection } from './nodes-section.tsx';
import { NumbersSection } from './numbers-section.tsx';
import { PlatformSection } from './platform-section.tsx';
import { PlayerView } from './player-view.tsx';
import { PlayersSection } from './players-section.tsx';
import { SessionsSection } from './sessions-section.tsx';

const TITLES: Readonly<Record<AdminSection, string>> = {
  numbers: 'Numbers',
  players: 'Players',
  sessions: 'Sessions',
  nodes: 'Nodes',
  backlog: 'Given up',
  platform: 'Platform',
  audit: 'Audit log',
};

/** The operators' console: what it may do is decided by the platform, request by request. */
export function AdminPage({
  section,
  playerId,
}: {
  section: AdminSection;
  playerId?: string | undefined;
}): JSX.Element {
  useEffect(() => {
    document.title = `${TITLES[section]} · Nearcade console`;
  }, [section]);
  return (
    <>
      <Header />
      <main class="page admin">
        <nav class="admin-nav" aria-label="Console">
          {ADMIN_SECTIONS.map(name => (
            <Link
              key={name}
              to={{ page: 'admin', section: name, playerId: undefined }}
              class={name === section ? 'chip admin-here' : 'chip'}
            >
              <span data-testid={`admin-${name}`}>{TITLES[name]}</span>
            </Link>
          ))}
        </nav>
        <h1>{TITLES[section]}</h1>
        {contentOf(section, playerId)}
      </main>
    </>
  );
}

function contentOf(section: AdminSection, playerId: string | undefined): JSX.Element {
  switch (section) {
    case 'numbers':
      return <NumbersSection />;
    case 'players':
      return playerId === undefined ? <PlayersSection /> : <PlayerView key={playerId} userId={playerId} />;
    case 'sessions':
      return <SessionsSection />;
    case 'nodes':
      return <NodesSection />;
    case 'backlog':
      return <BacklogSection />;
    case 'platform':
      return <PlatformSection />;
    case 'audit':
      return <AuditSection />;
  }
}
