import { describe, expect, it } from 'vitest';
import { capabilitiesOf, parseOffer, routerCodecs, streamsOf } from './offer.ts';

/** As Firefox 130 writes it, shortened: payload types of its own, credentials and fingerprint above the sections. */
const FIREFOX = [
  'v=0',
  'o=mozilla...THIS_IS_SDPARTA-99.0 6712870931215484 0 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'ab').join(':')}`,
  'a=group:BUNDLE 0 1',
  'a=ice-options:trickle',
  'm=audio 9 UDP/TLS/RTP/SAVPF 109 9',
  'a=recvonly',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1',
  'a=ice-pwd:9b1b7b4a6c2f0c5f8d7e6b5a4c3d2e1f',
  'a=ice-ufrag:1234abcd',
  'a=mid:0',
  'a=rtpmap:109 opus/48000/2',
  'a=rtpmap:9 G722/8000/1',
  'a=setup:actpass',
  'm=video 9 UDP/TLS/RTP/SAVPF 120 126 97',
  'a=recvonly',
  'a=fmtp:126 profile-level-id=42e01f;level-asymmetry-allowed=1;packetization-mode=1',
  'a=fmtp:97 profile-level-id=42e01f;level-asymmetry-allowed=1',
  'a=ice-pwd:9b1b7b4a6c2f0c5f8d7e6b5a4c3d2e1f',
  'a=ice-ufrag:1234abcd',
  'a=mid:1',
  'a=rtcp-fb:120 nack',
  'a=rtcp-fb:126 nack',
  'a=rtcp-fb:126 nack pli',
  'a=rtcp-fb:126 ccm fir',
  'a=rtpmap:120 VP8/90000',
  'a=rtpmap:126 H264/90000',
  'a=rtpmap:97 H264/90000',
  'a=setup:actpass',
  '',
].join('\r\n');

const offerWith = (from: string | RegExp, to: string) => FIREFOX.replace(from, to);
const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'good';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a WHEP offer', () => {
  it('is answered with the payload types that it names, H.264 in fragments alone', () => {
    const streams = streamsOf(parseOffer(FIREFOX), 'h264');
    expect(routerCodecs(streams)).toMatchObject([
      { mimeType: 'audio/opus', preferredPayloadType: 109 },
      { mimeType: 'video/H264', preferredPayloadType: 126, parameters: { 'packetization-mode': 1 } },
    ]);
    expect(capabilitiesOf(streams).codecs?.[0]?.rtcpFeedback).toEqual([
      { type: 'nack' },
      { type: 'nack', parameter: 'pli' },
      { type: 'ccm', parameter: 'fir' },
    ]);
    expect(streamsOf(parseOffer(FIREFOX), 'vp8').video.codec.preferredPayloadType).toBe(120);
  });

  it('may stand above its sections with what they share', () => {
    const { ice, dtls } = parseOffer(FIREFOX);
    expect(ice.usernameFragment).toBe('1234abcd');
    expect(dtls).toMatchObject({ role: 'client', fingerprints: [{ algorithm: 'sha-256' }] });
  });

  it('may have sections at port 0 that are offered within the bundle alone, as webrtcbin does; else that refuses them', () => {
    const atZero = FIREFOX.replace('m=video 9', 'm=video 0');
    const bundled = atZero.replace('a=mid:1', 'a=bundle-only\r\na=mid:1');
    expect(streamsOf(parseOffer(bundled), 'h264').video).toEqual(
      streamsOf(parseOffer(FIREFOX), 'h264').video,
    );
    expect(() => streamsOf(parseOffer(atZero), 'h264')).toThrow('does not ask for');
  });

  it('has to take what we have', () => {
    const noFragments = parseOffer(offerWith('packetization-mode=1', 'packetization-mode=0'));
    expect(codeOf(() => streamsOf(noFragments, 'h264'))).toBe('whep_offer_unusable');
    const high = parseOffer(
      offerWith(/profile-level-id=42e01f;level-asymmetry-allowed=1;p/, 'profile-level-id=64001f;p'),
    );
    expect(codeOf(() => streamsOf(high, 'h264'))).toBe('whep_offer_unusable');
    const unbundled = parseOffer(offerWith('BUNDLE 0 1', 'BUNDLE 0'));
    expect(codeOf(() => streamsOf(unbundled, 'h264'))).toBe('whep_offer_unusable');
    expect(streamsOf(parseOffer(offerWith('opus/48000/2', 'opus/48000')), 'h264').audio).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no session', 'hello'],
    ['no media', 'v=0\r\ns=-\r\n'],
    ['a section without a mid', offerWith('a=mid:1\r\n', '')],
    ['no part in DTLS', FIREFOX.replaceAll('a=setup:actpass\r\n', '')],
    ['an unknown hash', offerWith('sha-256', 'md5')],
    ['a fingerprint that is cut off', offerWith('ab:ab:ab', 'ab')],
  ])('is refused with a code: %s', (_what, sdp) => {
    expect(codeOf(() => parseOffer(sdp))).toBe('whep_offer_invalid');
  });
});
