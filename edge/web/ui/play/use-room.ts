import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type Room, roomsApi, type Vote } from '#shared/api/rooms.ts';
import type { NearcadeError } from '#shared/errors.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';

export interface RoomModel {
  /** Null until it was read, and again when the session is over. */
  readonly room: Room | null;
  readonly busy: boolean;
  readonly error: NearcadeError | null;
  /** Does something and reads the room again. */
  change(work: () => Promise<unknown>): void;
}

/** The room of a session that the player is in, read again whenever the platform tells that it has changed. */
export function useRoom(sessionId: string, isIn: boolean): RoomModel {
  const { api, live, notices } = useServices();
  const room = useSignal<Room | null>(null);
  const read = async () => {
    room.value = await api.call(roomsApi.get, { params: { sessionId } });
  };
  const act = useAction(async (work: () => Promise<unknown>) => {
    await work();
    await read();
  });
  useEffect(() => {
    if (!isIn) return undefined;
    // What is not read now is told by the next event, or shown when the panel asks.
    const again = () => void read().catch(() => {});
    const heed = (vote: Vote) => {
      if (vote.state === 'open' && room.value !== null) room.value = { ...room.value, vote };
      again();
      if (vote.state === 'rejected') {
        notices.show({
          key: 'vote',
          level: 'info',
          text: 'The vote was rejected: the game goes on.',
          lasting: false,
        });
      }
    };
    again();
    const stops = [
      live.onFresh(again),
      live.on('room_changed', event => {
        if (event.sessionId === sessionId) again();
      }),
      live.on('room_vote', event => {
        if (event.sessionId === sessionId) heed(event.vote);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      room.value = null;
    };
  }, [sessionId, isIn]);
  return { room: room.value, busy: act.busy, error: act.error, change: work => act.run(work) };
}
