import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type Club, clubsApi } from '#shared/api/clubs.ts';
import { Header } from '../header.tsx';
import { Link } from '../link.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';
import { FindClub } from './find-club.tsx';
import { FoundClub } from './found-club.tsx';

interface MyClubs {
  member: Club[];
  invited: Club[];
  applied: Club[];
}

/** The player's clubs, those that they could join, and the way to one of their own. */
export function ClubsPage(): JSX.Element {
  const { api, live } = useServices();
  const clubs = useSignal<MyClubs | null>(null);
  const load = useAction(async () => {
    const mine = async (standing: keyof MyClubs) =>
      (await api.call(clubsApi.mine, { query: { standing } })).items;
    const [member, invited, applied] = await Promise.all([mine('member'), mine('invited'), mine('applied')]);
    clubs.value = { member, invited, applied };
  });
  const answer = useAction(async (club: Club, event: 'accept' | 'refuse' | 'withdraw') => {
    await api.call(clubsApi.standing, { params: { id: club.id }, body: { event } });
    load.run();
  });
  useEffect(() => {
    document.title = 'Clubs · Nearcade';
    load.run();
    const stops = [live.onFresh(load.run), live.on('club_changed', () => load.run())];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  const failure = answer.error ?? load.error;
  const button = (club: Club, event: 'accept' | 'refuse' | 'withdraw', label: string) => (
    <button
      type="button"
      class={`button button-small ${event === 'accept' ? 'button-primary' : ''}`}
      disabled={answer.busy}
      onClick={() => answer.run(club, event)}
    >
      {label}
    </button>
  );
  return (
    <>
      <Header />
      <main class="page clubs">
        <div class="page-head">
          <h1>Clubs</h1>
        </div>
        <div role="alert">
          {failure && (
            <p class="notice notice-error" data-testid="clubs-error">
              {describeError(failure)}
            </p>
          )}
        </div>
        {clubs.value && clubs.value.invited.length > 0 && (
          <ClubList title="You are invited" clubs={clubs.value.invited}>
            {club => (
              <>
                {button(club, 'accept', 'Join')}
                {button(club, 'refuse', 'No, thanks')}
              </>
            )}
          </ClubList>
        )}
        {clubs.value && (
          <ClubList title="Your clubs" clubs={clubs.value.member} none="You are in no club yet.">
            {club => (
              <Link to={{ page: 'club', clubId: club.id }} class="button button-small button-primary">
                Open
              </Link>
            )}
          </ClubList>
        )}
        {clubs.value && clubs.value.applied.length > 0 && (
          <ClubList title="Waiting for an answer" clubs={clubs.value.applied}>
            {club => button(club, 'withdraw', 'Withdraw')}
          </ClubList>
        )}
        <div class="club-columns">
          <FindClub onApplied={load.run} />
          <FoundClub />
        </div>
      </main>
    </>
  );
}

interface ClubListProps {
  title: string;
  clubs: readonly Club[];
  none?: string;
  children: (club: Club) => ComponentChildren;
}

function ClubList({ title, clubs, none = '', children }: ClubListProps): JSX.Element {
  return (
    <section class="panel" aria-label={title}>
      <h2 class="panel-title">{title}</h2>
      {clubs.length === 0 && <p class="muted">{none}</p>}
      <ul class="club-list">
        {clubs.map(club => (
          <li key={club.id} class="club-item" data-testid="club">
            <ClubWords club={club} />
            {children(club)}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A club in a list. */
export function ClubWords({ club }: { club: Club }): JSX.Element {
  return (
    <div class="club-item-text">
      <strong>{club.name}</strong>
      <span class="muted">
        No. <span class="room-number">{club.number}</span> · {club.members} of {club.memberLimit} members · by{' '}
        {club.owner.displayName}
      </span>
    </div>
  );
}
