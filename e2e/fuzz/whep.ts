import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { problemSchema } from '#shared/errors.ts';
import { ICE_FRAGMENT_TYPE, SDP_TYPE, whepUrl } from '#shared/whep.ts';
import { count, type FuzzCount, FuzzedNode } from './node-target.ts';
import { type FuzzOptions, isUnderWay } from './options.ts';

const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

/** Lines of a good offer, to be left out, doubled, moved and damaged. */
const LINES = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=ice-ufrag:abcd',
  `a=ice-pwd:${'p'.repeat(24)}`,
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=recvonly',
  'a=rtpmap:111 opus/48000/2',
  'm=video 9 UDP/TLS/RTP/SAVPF 98',
  'a=mid:1',
  'a=recvonly',
  'a=rtpmap:98 H264/90000',
  'a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtcp-fb:98 nack pli',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
];

const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...LINES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...LINES), fc.nat(60), fc.string({ maxLength: 4 }))
      .map(([good, at, put]) => good.slice(0, at) + put + good.slice(at + put.length)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer(), fc.integer()).map(([a, b]) => `a=rtpmap:${a} H264/${b}`),
  },
);

/** A good offer in which some lines are others. */
const changed = fc.array(fc.tuple(fc.nat(LINES.length - 1), line), { maxLength: 4 }).map(changes => {
  const lines = [...LINES];
  for (const [at, put] of changes) lines[at] = put;
  return lines;
});

const body = fc
  .oneof({ weight: 3, arbitrary: changed }, { weight: 1, arbitrary: fc.array(line, { maxLength: 40 }) })
  .map(lines => `${lines.join('\r\n')}\r\n`);

const request = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'GET', 'PUT'),
  path: fc.constantFrom('', '', '', '', '/x', `/${randomUUID()}`, '//', '/x/y/z'),
  type: fc.constantFrom(SDP_TYPE, SDP_TYPE, SDP_TYPE, ICE_FRAGMENT_TYPE, 'text/plain'),
  token: fc.constantFrom('good', 'good', 'good', 'noise', ''),
  body,
});

/** Wrong WHEP requests against a real node: each has to have an answer with a code, and the node to serve on. */
export async function fuzzWhep(options: FuzzOptions): Promise<FuzzCount> {
  const target = await FuzzedNode.open();
  const result = { inputs: 0, codes: {} };
  try {
    const url = whepUrl(target.edge.signalUrl, target.session.sessionId);
    const sub = randomUUID();
    const begun = performance.now();
    for (let round = 0; isUnderWay(options, begun, result.inputs); round++) {
      const good = await target.edge.whepToken({ ...target.session, sub });
      for (const input of fc.sample(request, { seed: options.seed + round, numRuns: 50 })) {
        const token = input.token === 'good' ? good : input.token;
        const hasBody = !['GET', 'DELETE', 'OPTIONS'].includes(input.method);
        const response = await fetch(`${url}${input.path}`, {
          method: input.method,
          headers: {
            'content-type': input.type,
            ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(hasBody ? { body: input.body } : {}),
        });
        result.inputs += 1;
        const text = await response.text();
        const code = response.ok ? String(response.status) : problemSchema.parse(JSON.parse(text)).code;
        if (code === 'internal')
          throw new Error(`a WHEP request has no code of its own: ${JSON.stringify(input)}`);
        count(result.codes, code);
      }
      await target.checkServing(randomUUID());
    }
    return { ...result, memory: target.memory.judge() };
  } finally {
    await target.close();
  }
}
