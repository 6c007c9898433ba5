import type { NearcadeError } from '#shared/errors.ts';
import type { Clock } from '../clock.ts';
import { AbsentViewer } from '../relay/absent-viewer.ts';
import type { ViewerPort } from '../sfu/viewer.ts';
import type { AdmissionMedia } from './admission.ts';
import { InputGate } from './input-gate.ts';
import type { Mailbox } from './mailbox.ts';
import type { Participant } from './participant.ts';
import { SERVICE_RESTART, type Session } from './session.ts';
import type { SlotMachinery } from './slot-machinery.ts';

export interface OpenViewerOptions {
  session: Session;
  participant: Participant;
  media: AdmissionMedia;
  machinery: SlotMachinery;
  mailbox: Mailbox;
  clock: Clock;
  /** Input messages of theirs that were dropped. */
  onRefused: (count: number) => void;
  /** They have to go, for what they send. */
  cut: (error: NearcadeError) => void;
}

/** Opens what one participant sees by, and for players the gate that their input comes through; waits for parts that are being replaced. */
export async function openViewer(options: OpenViewerOptions): Promise<ViewerPort> {
  const { session, participant, media, machinery, mailbox, clock, onRefused, cut } = options;
  const { userId } = participant;
  const gate = new InputGate({
    sender: participant,
    may: (from, right) => session.seating.may(from, right),
    apply: (from, message) => {
      if (session.ended) return;
      machinery.applyInput(from, message);
      if (message.kind !== 'releaseAll') return;
      for (const seat of session.sofa.seatsOf(userId)) machinery.releaseSeat(seat);
    },
    sofa: {
      plug: (hand, plugged) => session.sofa.plug(userId, hand, plugged),
      seatOf: hand => session.sofa.seatOf(userId, hand),
    },
    onRefused: ({ count, code, why }) => {
      onRefused(count);
      mailbox.post({ type: 'input_refused', seat: participant.seat, refused: count, why });
      participant.send({ type: 'inputRefused', code, count });
    },
    hold: held => viewer.holdInput(held),
    cut,
    clock,
  });
  const room = await machinery.ready();
  if (media.relayed === true) return new AbsentViewer();
  const { role } = participant;
  const codecs = media.codecs?.(room.codec);
  const viewer = await room.addViewer({
    role,
    ...(codecs === undefined ? {} : { codecs }),
    onInput: (channel, bytes) => gate.accept(channel, bytes),
  });
  // Spectators' worker: the players on theirs have not noticed anything.
  if (role === 'spectator') viewer.onLost(() => participant.close(SERVICE_RESTART, 'reconnect'));
  return viewer;
}
