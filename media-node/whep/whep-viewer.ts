import { randomInt, randomUUID } from 'node:crypto';
import { parse } from 'sdp-transform';
import { NearcadeError } from '#shared/errors.ts';
import type { TicketClaims } from '#shared/ticket.ts';
import type { Admission, AdmissionMedia } from '../agent/admission.ts';
import type { Participant } from '../agent/participant.ts';
import { writeAnswer, writeIceFragment } from './answer.ts';
import { capabilitiesOf, type Offer, parseOffer, routerCodecs, streamsOf } from './offer.ts';
import { WhepNews } from './whep-news.ts';

/** Milliseconds in which a player has to connect after its answer: ICE and DTLS take four round trips. */
const CONNECT_DEADLINE_MS = 15_000;

export type AdmitWhep = (
  claims: TicketClaims,
  participant: Participant,
  media: AdmissionMedia,
) => Promise<WhepPlace>;

/** What a player needs of its place in the session, at the session's node or at a relay. */
export type WhepPlace = Pick<
  Admission,
  'media' | 'onLink' | 'consume' | 'connectTransport' | 'restartIce' | 'leave'
>;

/** One standard player that watches: what its WHEP session's address stands for. */
export class WhepViewer {
  readonly id = randomUUID();
  readonly sessionId: string;
  /** What it can be told beside picture and sound. */
  readonly news = new WhepNews();
  /** Changes with each ICE restart (RFC 9110, strong). */
  #etag = newEtag();
  readonly #offer: Offer;
  readonly #onClose = new Set<() => void>();
  #credentials: string;
  #admission: WhepPlace | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #closed = false;
  #answer = '';

  private constructor(claims: TicketClaims, offer: Offer) {
    this.sessionId = claims.sessionId;
    this.#offer = offer;
    this.#credentials = offer.ice.usernameFragment;
  }

  /** Lets a player in by its offer. Throws `whep_offer_invalid`, `whep_offer_unusable` or what admission throws. */
  static async open(claims: TicketClaims, sdp: string, admit: AdmitWhep): Promise<WhepViewer> {
    const offer = parseOffer(sdp);
    const viewer = new WhepViewer(claims, offer);
    try {
      await viewer.#enter(claims, admit);
      return viewer;
    } catch (error) {
      viewer.close();
      throw error;
    }
  }

  get answer(): string {
    return this.#answer;
  }

  get etag(): string {
    return this.#etag;
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#onClose.add(listener);
  }

  /**
   * A fragment of a player's ICE (RFC 8840): its candidates are not needed, since we are ICE lite and learn them from its checks; new
   * credentials are a restart, which answers ours. Throws `whep_offer_invalid`, or `whep_etag_wrong` for what is about an older state.
   */
  async patch(fragment: string, ifMatch: string | undefined): Promise<string | undefined> {
    const credentials = ufragOf(fragment);
    const isRestart = credentials !== this.#credentials;
    const matches = ifMatch === '*' || ifMatch === this.#etag || (ifMatch === undefined && !isRestart);
    if (!matches) throw new NearcadeError('whep_etag_wrong');
    if (!isRestart) return undefined;
    const admission = this.#admission;
    if (admission === undefined || this.#closed) throw new NearcadeError('session_over');
    const { recvTransport: transport, protocol } = admission.media;
    const iceParameters = await admission.restartIce(transport.id);
    this.#credentials = credentials;
    this.#etag = newEtag();
    // Our candidates are what they were. The way that works is enough, and there are players that cannot read more than one here.
    const iceCandidates = transport.iceCandidates.filter(
      candidate => protocol === undefined || candidate.protocol === protocol,
    );
    return writeIceFragment(this.#offer, {
      ...transport,
      iceParameters: { ...iceParameters },
      iceCandidates,
    });
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#deadline);
    this.news.close();
    this.#admission?.leave();
    for (const closed of this.#onClose) closed();
  }

  async #enter(claims: TicketClaims, admit: AdmitWhep): Promise<void> {
    const { sub: userId, displayName } = claims;
    const participant: Participant = {
      userId,
      role: 'spectator',
      seat: null,
      host: false,
      seating: 0,
      displayName,
      unlisted: true,
      // A standard player takes no messages but those that it asks for.
      send: message => this.news.hear(message),
      close: () => this.close(),
    };
    const offered = this.#offer;
    this.#admission = await admit(claims, participant, {
      codecs: codec => routerCodecs(streamsOf(offered, codec)),
    });
    const admission = this.#admission;
    if (this.#closed) {
      admission.leave();
      throw new NearcadeError('session_over');
    }
    const { recvTransport, codec } = admission.media;
    const streams = streamsOf(offered, codec);
    const consumers = await admission.consume(capabilitiesOf(streams));
    await admission.connectTransport(recvTransport.id, offered.dtls);
    this.#answer = writeAnswer({
      offer: offered,
      sent: consumers.flatMap(consumer => {
        const stream = streams[consumer.kind];
        return stream === undefined ? [] : [{ stream, consumer }];
      }),
      transport: recvTransport,
      sessionId: randomInt(2 ** 31),
    });
    admission.onLink(state => this.#onLink(state));
    this.#deadline = setTimeout(() => this.close(), CONNECT_DEADLINE_MS);
  }

  /** Nobody says goodbye but by DELETE: who stops answering is gone. */
  #onLink(state: 'up' | 'down'): void {
    clearTimeout(this.#deadline);
    if (state === 'down') this.close();
  }
}

function ufragOf(fragment: string): string {
  // A fragment is lines of SDP without its head.
  const sdp = parse(fragment);
  const ufrag = sdp.iceUfrag ?? sdp.media.find(section => section.iceUfrag !== undefined)?.iceUfrag;
  if (ufrag === undefined)
    throw new NearcadeError('whep_offer_invalid', 'The fragment has no ICE credentials');
  return String(ufrag);
}

function newEtag(): string {
  return `"${randomUUID()}"`;
}
