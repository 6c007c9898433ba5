import { RTCPeerConnection } from 'werift';

/** What a WHEP player of Opus and H.264 POSTs. */
export async function whepOffer(): Promise<string> {
  const peer = new RTCPeerConnection();
  peer.addTransceiver('audio', { direction: 'recvonly' });
  peer.addTransceiver('video', { direction: 'recvonly' });
  await peer.setLocalDescription(await peer.createOffer());
  const [opus = '', h264 = ''] = ['a=rtpmap:111 opus/48000/2', 'a=rtpmap:98 H264/90000'];
  const offer = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    ...common(peer.localDescription?.sdp ?? ''),
    opus,
    'm=video 9 UDP/TLS/RTP/SAVPF 98',
    'c=IN IP4 0.0.0.0',
    'a=mid:1',
    ...common(peer.localDescription?.sdp ?? ''),
    h264,
    'a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    'a=rtcp-fb:98 nack',
    'a=rtcp-fb:98 nack pli',
    '',
  ].join('\r\n');
  await peer.close();
  return offer;
}

/** The lines that any section has, with the fingerprint of a real certificate. */
function common(sdp: string): string[] {
  const fingerprint = /a=fingerprint:.*/.exec(sdp)?.[0].trim() ?? '';
  return [
    'a=ice-ufrag:abcd',
    `a=ice-pwd:${'p'.repeat(24)}`,
    fingerprint,
    'a=setup:actpass',
    'a=recvonly',
    'a=rtcp-mux',
  ];
}
