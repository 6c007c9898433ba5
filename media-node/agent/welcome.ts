import { SIGNAL_PROTOCOL, type Welcome } from '#shared/signal.ts';
import type { Room } from '../sfu/room.ts';
import type { Viewer } from '../sfu/viewer.ts';
import type { Participant } from './participant.ts';
import type { Session } from './session.ts';

/** What a page is told when it was let in: all that it takes to show the picture and to play. */
export function welcomeTo(
  session: Session,
  { role, seat }: Participant,
  viewer: Viewer,
  room: Pick<Room, 'rtpCapabilities'>,
): Welcome {
  const { picture, input } = session.game.manifest;
  const controls = seat === null ? undefined : input.seats[seat - 1];
  const keys = controls?.keys ?? [];
  return {
    type: 'welcome',
    protocol: SIGNAL_PROTOCOL,
    sessionId: session.id,
    role,
    seat,
    phase: session.phase,
    picture: { width: picture.width, height: picture.height, fps: picture.fps },
    pointer: input.pointer,
    keys:
      keys === 'all' ? null : [...new Set([...Object.keys(keys), ...Object.keys(controls?.keysToPad ?? {})])],
    pad: seat !== null && seat <= (input.pads?.max ?? 0),
    touch: input.touch ?? null,
    rights: seat === null ? [] : [...session.seating.rightsOf(seat)],
    routerRtpCapabilities: { ...room.rtpCapabilities },
    recvTransport: viewer.recvTransport,
    sendTransport: viewer.sendTransport,
  };
}
