import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Club, type ClubTable, clubsApi } from '#shared/api/clubs.ts';
import type { CallOutput } from '#shared/api/endpoint.ts';
import { PAGE_SIZE_MAX } from '#shared/api/page.ts';
import type { NearcadeError } from '#shared/errors.ts';
import type { ApiClient } from '../../api/client.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';

export type Member = CallOutput<typeof clubsApi.members>['items'][number];
export type Candidate = CallOutput<typeof clubsApi.candidates>['items'][number];

/** What the club's page shows. */
export interface ClubView {
  club: Club;
  tables: ClubTable[];
  /** The first of them; `moreMembers` says whether there are others. */
  members: Member[];
  moreMembers: boolean;
  /** Who has applied; empty to who is no officer. */
  applicants: Candidate[];
}

export interface ClubModel {
  /** Null until it was read. */
  readonly view: ClubView | null;
  readonly busy: boolean;
  readonly error: NearcadeError | null;
  /** Does something and reads the club again. */
  change(work: () => Promise<unknown>): void;
  reload(): void;
}

/** How often it is read again without being told. */
const AGAIN_MS = 20_000;

/** The club, read again whenever the platform tells that it has changed. */
export function useClub(clubId: string): ClubModel {
  const { api, live } = useServices();
  const view = useSignal<ClubView | null>(null);
  const load = useAction(async () => {
    view.value = await read(api, clubId);
  });
  const act = useAction(async (work: () => Promise<unknown>) => {
    await work();
    view.value = await read(api, clubId);
  });
  useEffect(() => {
    // Not by `load`: an event during a run would be dropped, and with it what has changed since.
    const again = () => {
      read(api, clubId).then(
        fresh => {
          view.value = fresh;
        },
        () => load.run(),
      );
    };
    load.run();
    // Seats that are taken by a room number or given up are not told.
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') again();
    }, AGAIN_MS);
    const stops = [
      () => clearInterval(timer),
      live.onFresh(again),
      live.on('club_changed', event => {
        if (event.clubId === clubId) again();
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [clubId]);
  return {
    view: view.value,
    busy: act.busy,
    error: act.error ?? load.error,
    change: work => act.run(work),
    reload: () => load.run(),
  };
}

async function read(api: ApiClient, clubId: string): Promise<ClubView> {
  const params = { id: clubId };
  const club = await api.call(clubsApi.get, { params });
  if (club.role === null) return { club, tables: [], members: [], moreMembers: false, applicants: [] };
  const [{ tables }, members, applicants] = await Promise.all([
    api.call(clubsApi.tables, { params }),
    api.call(clubsApi.members, { params, query: { limit: PAGE_SIZE_MAX } }),
    club.role === 'member' ? { items: [] } : api.call(clubsApi.candidates, { params }),
  ]);
  return {
    club,
    tables,
    members: members.items,
    moreMembers: members.nextCursor !== null,
    applicants: applicants.items,
  };
}
