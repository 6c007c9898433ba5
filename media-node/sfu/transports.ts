import type { types } from 'mediasoup';
import type { TransportInfo } from '#shared/signal.ts';
import type { Config } from '../config.ts';

/** What a transport is for: whether it carries data channels, and what its link is taken to carry. */
export type TransportLimits = Pick<
  types.WebRtcTransportOptions,
  'enableSctp' | 'maxReceiveMessageSize' | 'initialAvailableOutgoingBitrate'
>;

/** A transport to one browser, on the node's address and ports: UDP, and TCP where a firewall lets nothing else through. */
export function openTransport(
  router: types.Router,
  rtc: Config['rtc'],
  options: TransportLimits = {},
): Promise<types.WebRtcTransport> {
  const { listenIp: ip, announcedAddress, minPort: min, maxPort: max } = rtc;
  const listen = {
    ip,
    portRange: { min, max },
    ...(announcedAddress === undefined ? {} : { announcedAddress }),
  };
  return router.createWebRtcTransport({
    listenInfos: [
      { protocol: 'udp', ...listen },
      { protocol: 'tcp', ...listen },
    ],
    enableUdp: true,
    enableTcp: true,
    preferUdp: true,
    ...options,
  });
}

/** What a browser needs to know of a transport. */
export function describeTransport(transport: types.WebRtcTransport): TransportInfo {
  return {
    id: transport.id,
    iceParameters: { ...transport.iceParameters },
    iceCandidates: transport.iceCandidates.map(candidate => ({ ...candidate })),
    dtlsParameters: { ...transport.dtlsParameters },
    ...(transport.sctpParameters === undefined ? {} : { sctpParameters: { ...transport.sctpParameters } }),
  };
}
