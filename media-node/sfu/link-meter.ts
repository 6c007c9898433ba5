import type { types } from 'mediasoup';

/** What rate control needs to know of a viewer's link. */
export interface LinkStats {
  /** Bits a second that the link is estimated to carry; undefined before the first estimate. */
  estimate: number | undefined;
  /** The estimate has just fallen: packets queue up somewhere. */
  fell: boolean;
  /** Bits a second that are being sent. */
  sent: number;
  /** Requests for packets that the receiver misses, a packet of late; a packet is asked for more than once. 0: too few to tell. */
  missing: number;
  /** Part lost in a recent stretch of about a second, 0 to 1, by the receiver's reports (RFC 3550). */
  loss: number;
  /** How far the round trip is above the shortest of late, ms: what waits in queues. */
  queueMs: number;
  /** Nothing has come back for a while of what is sent: the link is cut. `over` in the one reading in which something has again. */
  cut: 'no' | 'yes' | 'over';
}

/** Packets and time over which missing ones are counted: less says nothing, more says it late. */
const WINDOW_PACKETS = 40;
const WINDOW_MS = 300;

/** A fall of the estimate from one reading to the next that is no rounding. */
const FALL = 0.95;

/**
 * An estimate below this part of what is sent was left behind by it, since it grows slowly: it falls at the slightest jitter, and
 * what flows without harm proves it wrong.
 */
const LEFT_BEHIND = 0.8;

/** The shortest round trip is forgotten after so long: routes change. */
const SHORTEST_MS = 30_000;

/**
 * A receiver tells what arrived several times a second. So long without a word, while so many packets went to it, is no jitter.
 */
const CUT_MS = 500;
const CUT_PACKETS = 20;

interface Reading {
  at: number;
  packets: number;
  missed: number;
}

/** Makes of a transport's and its video consumer's counters what happens on the link now. */
export class LinkMeter {
  readonly #readings: Reading[] = [];
  #estimate: number | undefined;
  #heard = { bytes: 0, packets: 0, at: Number.NEGATIVE_INFINITY };
  #cut = false;
  #shortest = { ms: Number.POSITIVE_INFINITY, at: 0 };

  /**
   * Times are milliseconds of any one clock. `video` is absent while nothing is consumed. Packets that were missed before `since`
   * are no longer counted: what they told was answered.
   */
  read(
    transport:
      | Pick<
          types.WebRtcTransportStat,
          'availableOutgoingBitrate' | 'sendBitrate' | 'bytesReceived' | 'dtlsState'
        >
      | undefined,
    video:
      | Pick<types.ConsumerStat, 'packetCount' | 'nackPacketCount' | 'fractionLost' | 'roundTripTime'>
      | undefined,
    now: number,
    since: number,
  ): LinkStats {
    const connected = transport?.dtlsState === 'connected';
    const estimate = connected ? transport.availableOutgoingBitrate || undefined : undefined;
    const before = this.#estimate;
    const sent = transport?.sendBitrate ?? 0;
    this.#estimate = estimate;
    return {
      estimate,
      fell:
        estimate !== undefined &&
        before !== undefined &&
        estimate < FALL * before &&
        before >= LEFT_BEHIND * sent,
      sent,
      missing: video === undefined ? 0 : this.#missing(video, now, since),
      // In 256ths (RFC 3550).
      loss: (video?.fractionLost ?? 0) / 256,
      queueMs: this.#queue(video?.roundTripTime ?? 0, now),
      cut: this.#cutNow(transport?.bytesReceived ?? 0, video?.packetCount ?? 0, now),
    };
  }

  #cutNow(bytes: number, packets: number, now: number): LinkStats['cut'] {
    const heard = this.#heard;
    const isAnother = packets < heard.packets || heard.at === Number.NEGATIVE_INFINITY;
    if (bytes !== heard.bytes || isAnother) {
      const over = this.#cut && !isAnother;
      this.#heard = { bytes, packets, at: now };
      this.#cut = false;
      return over ? 'over' : 'no';
    }
    this.#cut ||= now - heard.at >= CUT_MS && packets - heard.packets >= CUT_PACKETS;
    return this.#cut ? 'yes' : 'no';
  }

  #missing(video: { packetCount: number; nackPacketCount: number }, now: number, since: number): number {
    const last = this.#readings.at(-1);
    // Another consumer counts from the beginning.
    if (last !== undefined && video.packetCount < last.packets) this.#readings.length = 0;
    this.#readings.push({ at: now, packets: video.packetCount, missed: video.nackPacketCount });
    const enough = (from: Reading) =>
      now - from.at >= WINDOW_MS && video.packetCount - from.packets >= WINDOW_PACKETS;
    while (this.#readings[0] !== undefined && this.#readings[0].at < since) this.#readings.shift();
    while (this.#readings[1] !== undefined && enough(this.#readings[1])) this.#readings.shift();
    const first = this.#readings[0];
    if (first === undefined) return 0;
    const packets = video.packetCount - first.packets;
    if (packets < WINDOW_PACKETS) return 0;
    return (video.nackPacketCount - first.missed) / packets;
  }

  #queue(roundTripMs: number, now: number): number {
    if (roundTripMs <= 0) return 0;
    if (roundTripMs <= this.#shortest.ms || now - this.#shortest.at > SHORTEST_MS) {
      this.#shortest = { ms: roundTripMs, at: now };
    }
    return roundTripMs - this.#shortest.ms;
  }
}
