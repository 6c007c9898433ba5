import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Seating, type SeatView, seatsApi } from '#shared/api/seats.ts';
import type { NearcadeError } from '#shared/errors.ts';
import { useServices } from '../../services-context.ts';
import { useAction } from '../../use-action.ts';
import type { RoomModel } from '../use-room.ts';

/** After a read that failed: the event that it was for does not come twice. */
const READ_AGAIN_MS = 2000;

export interface SeatingModel {
  /** Null until it was read, and again when the session is over. */
  readonly seating: Seating | null;
  /** The reader's id. */
  readonly me: string;
  readonly isHost: boolean;
  /** Somebody asks the reader for a seat. */
  readonly isAsked: boolean;
  readonly busy: boolean;
  readonly error: NearcadeError | null;
  /** Does something and reads the seats again. */
  change(work: () => Promise<unknown>): void;
  /** Who could be given a seat. */
  readonly watching: readonly { userId: string; displayName: string }[];
  nameOf(userId: string): string;
  /** Milliseconds of a seat's turn that are left now; null: it has none. */
  leftOf(seat: SeatView): number | null;
}

/** The seats of a session that the player is in, read again whenever the platform tells that they have changed. */
export function useSeating(sessionId: string, isIn: boolean, room: RoomModel): SeatingModel {
  const { access, api, live, notices } = useServices();
  // With the time of reading: what was left then runs on by this device's clock alone.
  const known = useSignal<{ seating: Seating; at: number } | null>(null);
  const reads = useRef({ begun: 0, shown: 0 });
  const read = async () => {
    reads.current.begun += 1;
    const mine = reads.current.begun;
    const seating = await api.call(seatsApi.seating, { params: { id: sessionId } });
    // Answers may overtake one another: an older one says what is over.
    if (mine < reads.current.shown) return;
    reads.current.shown = mine;
    known.value = { seating, at: performance.now() };
  };
  const act = useAction(async (work: () => Promise<unknown>) => {
    await work();
    await read();
  });
  useEffect(() => {
    if (!isIn) return undefined;
    let isOver = false;
    let later: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      clearTimeout(later);
      read().catch(() => {
        if (!isOver) later = setTimeout(again, READ_AGAIN_MS);
      });
    };
    const heed = (event: { sessionId: string }) => {
      if (event.sessionId === sessionId) again();
    };
    again();
    const stops = [
      live.onFresh(again),
      live.on('room_changed', heed),
      live.on('place_changed', heed),
      live.on('seat_denied', event => {
        heed(event);
        if (event.sessionId !== sessionId) return;
        const text = 'The host said no to your asking for a seat.';
        notices.show({ key: 'seat-denied', level: 'info', text, lasting: false });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      isOver = true;
      clearTimeout(later);
      known.value = null;
    };
  }, [sessionId, isIn]);
  const state = access.state.value;
  const me = state.kind === 'in' ? state.user.id : '';
  const seating = known.value?.seating ?? null;
  const at = known.value?.at ?? 0;
  const isHost = seating?.hostId === me;
  const asked = seating?.seats.some(({ turn, claims }) => turn === null && claims.length > 0) ?? false;
  return {
    seating,
    me,
    isHost,
    isAsked: isHost && asked,
    busy: act.busy,
    error: act.error,
    change: work => act.run(work),
    watching: (room.room?.members ?? []).filter(
      member => member.role === 'spectator' && member.userId !== me,
    ),
    nameOf: userId => room.room?.members.find(member => member.userId === userId)?.displayName ?? 'Somebody',
    leftOf: ({ turn }) => {
      if (turn?.leftMs == null) return null;
      return Math.max(0, turn.leftMs - (performance.now() - at));
    },
  };
}
