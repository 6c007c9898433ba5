/** Sums over all inbound video of all peer connections (W3C webrtc-stats). */
export interface VideoStats {
  jitterBufferS: number;
  jitterBufferFrames: number;
  decodeS: number;
  decodedFrames: number;
  droppedFrames: number;
  packetsLost: number;
  packets: number;
  bytes: number;
  freezes: number;
  codec: string;
}

/** What the page's peer connections tell. */
export interface Peers {
  /** Undefined without a video. */
  videoStats(): Promise<VideoStats | undefined>;
  /** What all of them receive. */
  inbound(): Promise<RTCInboundRtpStreamStats[]>;
  /** Bytes that came by all of their links: pictures, sound, repeats, checks, with the headers of UDP, IPv4 and Ethernet. */
  linkBytes(): Promise<number>;
}

declare global {
  interface Window {
    benchPeers: Peers;
  }
}

/**
 * Runs in the page before its own scripts: keeps the peer connections that it opens.
 * The function must not refer to anything outside itself: its source is sent to the browser.
 */
export function installPeers(): void {
  if (window !== window.top) return;
  const peers: RTCPeerConnection[] = [];
  window.RTCPeerConnection = new Proxy(window.RTCPeerConnection, {
    construct(target, args, newTarget) {
      const peer = Reflect.construct(target, args, newTarget) as RTCPeerConnection;
      peers.push(peer);
      return peer;
    },
  });
  window.benchPeers = {
    async inbound() {
      const reports = await Promise.all(peers.map(peer => peer.getStats()));
      return reports.flatMap(one => [...one.values()].filter(({ type }) => type === 'inbound-rtp'));
    },
    async linkBytes() {
      const HEADERS = 8 + 20 + 14;
      let bytes = 0;
      for (const peer of peers) {
        for (const report of (await peer.getStats()).values()) {
          if (report.type !== 'candidate-pair') continue;
          bytes += (report.bytesReceived ?? 0) + (report.packetsReceived ?? 0) * HEADERS;
        }
      }
      return bytes;
    },
    async videoStats() {
      let sum: VideoStats | undefined;
      for (const peer of peers) {
        const reports = await peer.getStats();
        for (const report of reports.values()) {
          if (report.type !== 'inbound-rtp' || report.kind !== 'video') continue;
          sum ??= {
            jitterBufferS: 0,
            jitterBufferFrames: 0,
            decodeS: 0,
            decodedFrames: 0,
            droppedFrames: 0,
            packetsLost: 0,
            packets: 0,
            bytes: 0,
            freezes: 0,
            codec: '',
          };
          sum.jitterBufferS += report.jitterBufferDelay ?? 0;
          sum.jitterBufferFrames += report.jitterBufferEmittedCount ?? 0;
          sum.decodeS += report.totalDecodeTime ?? 0;
          sum.decodedFrames += report.framesDecoded ?? 0;
          sum.droppedFrames += report.framesDropped ?? 0;
          sum.packetsLost += report.packetsLost ?? 0;
          sum.packets += report.packetsReceived ?? 0;
          sum.bytes += report.bytesReceived ?? 0;
          sum.freezes += report.freezeCount ?? 0;
          sum.codec ||= reports.get(report.codecId ?? '')?.mimeType ?? '';
        }
      }
      return sum;
    },
  };
}
