import type { Welcome } from '#shared/signal.ts';
import type { Participant } from './participant.ts';
import type { Session } from './session.ts';

export type PlaceNotice = Pick<
  Welcome,
  'role' | 'seat' | 'host' | 'pointer' | 'keys' | 'pad' | 'touch' | 'rights'
>;

/** What a page is told of its place: when it comes, and when it is given another one. */
export function noticeOfPlace(
  session: Session,
  { role, seat, host }: Pick<Participant, 'role' | 'seat' | 'host'>,
): PlaceNotice {
  const { input } = session.game.manifest;
  const controls = seat === null ? undefined : input.seats[seat - 1];
  const keys = controls?.keys ?? [];
  return {
    role,
    seat,
    host,
    pointer: input.pointer,
    keys:
      keys === 'all' ? null : [...new Set([...Object.keys(keys), ...Object.keys(controls?.keysToPad ?? {})])],
    pad: seat !== null && seat <= (input.pads?.max ?? 0),
    touch: input.touch ?? null,
    rights: seat === null ? [] : [...session.seating.rightsOf(seat)],
  };
}
