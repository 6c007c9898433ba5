import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { types } from 'mediasoup';
import { NearcadeError } from '#shared/errors.ts';
import type { Config } from '../config.ts';
import type { PipeEnd } from './protocol.ts';

/** One end of a pipe to another node: encrypted, and what gets lost on the way is sent again on a stream of its own (RTX, RFC 4588). */
export function openPipe(router: types.Router, rtc: Config['rtc']): Promise<types.PipeTransport> {
  const { listenIp: ip, announcedAddress, minPort: min, maxPort: max } = rtc;
  return router.createPipeTransport({
    listenInfo: {
      protocol: 'udp',
      ip,
      portRange: { min, max },
      ...(announcedAddress === undefined ? {} : { announcedAddress }),
    },
    enableRtx: true,
    enableSrtp: true,
    enableSctp: false,
  });
}

/** How the other node reaches this end. `localAddress`: of the line between them, for a node that listens everywhere and says no more. */
export function describePipe(
  transport: types.PipeTransport,
  rtc: Config['rtc'],
  localAddress: string | undefined,
): PipeEnd {
  const { srtpParameters, tuple } = transport;
  const isAnywhere = rtc.listenIp === '0.0.0.0' || rtc.listenIp === '::';
  const ip = rtc.announcedAddress ?? (isAnywhere ? localAddress?.replace(/^::ffff:/, '') : rtc.listenIp);
  if (srtpParameters === undefined || ip === undefined) {
    throw new NearcadeError('media_failed', 'The pipe has no keys or no address');
  }
  const { cryptoSuite, keyBase64 } = srtpParameters;
  return { ip, port: tuple.localPort, srtpParameters: { cryptoSuite, keyBase64 } };
}

export async function connectPipe(
  transport: types.PipeTransport,
  { ip, port, srtpParameters }: PipeEnd,
): Promise<void> {
  const address = isIP(ip) === 0 ? (await lookup(ip)).address : ip;
  await transport.connect({ ip: address, port, srtpParameters });
}
