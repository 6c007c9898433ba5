import { SIGNAL_PROTOCOL, type Welcome } from '#shared/signal.ts';
import type { Room } from '../sfu/room.ts';
import type { ViewerPort } from '../sfu/viewer.ts';
import type { Participant } from './participant.ts';
import { noticeOfPlace } from './seat-message.ts';
import type { Session } from './session.ts';

/** What a page is told when it was let in: all that it takes to show the picture and to play. */
export function welcomeTo(
  session: Session,
  participant: Participant,
  viewer: ViewerPort,
  room: Pick<Room, 'rtpCapabilities'>,
): Welcome {
  const { picture } = session.game.manifest;
  return {
    type: 'welcome',
    protocol: SIGNAL_PROTOCOL,
    sessionId: session.id,
    ...noticeOfPlace(session, participant),
    phase: session.phase,
    picture: { width: picture.width, height: picture.height, fps: picture.fps },
    saves: session.game.manifest.savePaths.length > 0 && participant.userId === session.hostUserId,
    routerRtpCapabilities: { ...room.rtpCapabilities },
    recvTransport: viewer.recvTransport,
    sendTransport: viewer.sendTransport,
  };
}
