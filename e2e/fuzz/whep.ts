import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { whepOffer } from '#media-node/test/whep-offer.ts';
import { problemSchema } from '#shared/errors.ts';
import { ICE_FRAGMENT_TYPE, SDP_TYPE, WHEP_TICKET, whepUrl } from '#shared/whep.ts';
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

const JSON_TYPE = 'application/json';

/** What a player asks for of its events, or something else. */
const wanted = fc.oneof(
  fc.constantFrom('["recording"]', '["viewercount","layers"]', '[]', '[', '"recording"'),
  fc.json({ maxDepth: 2 }),
);

/** Addresses, by what they are of: `viewer` and what is below it is a player's who watches. */
type Place = 'endpoint' | 'sentOn' | 'noTicket' | 'viewer' | 'events' | 'stream';

const shared = { token: fc.constantFrom('good', 'good', 'watching', 'noise', '') };
const toEndpoint = fc.record({
  ...shared,
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'GET', 'PUT'),
  place: fc.constantFrom<Place>('endpoint', 'endpoint', 'endpoint', 'sentOn', 'noTicket'),
  path: fc.constantFrom('', '', '', '', '/x', `/${randomUUID()}`, '//', '/x/y/z', '/x/events/y'),
  type: fc.constantFrom(SDP_TYPE, SDP_TYPE, SDP_TYPE, ICE_FRAGMENT_TYPE, 'text/plain'),
  body,
});
const toViewer = fc.record({
  ...shared,
  method: fc.constantFrom('POST', 'POST', 'GET', 'PATCH', 'DELETE', 'OPTIONS', 'PUT'),
  place: fc.constantFrom<Place>('viewer', 'events', 'events', 'stream', 'stream'),
  path: fc.constantFrom('', '', '', '', '/x', '/'),
  type: fc.constantFrom(JSON_TYPE, JSON_TYPE, ICE_FRAGMENT_TYPE, SDP_TYPE),
  body: fc.oneof({ weight: 3, arbitrary: wanted }, { weight: 1, arbitrary: body }),
});
const request = fc.oneof({ weight: 3, arbitrary: toEndpoint }, { weight: 2, arbitrary: toViewer });

interface Player {
  token: string;
  places: Record<Place, string>;
}

/** A player that watches and hears events, and the addresses that it knows. */
async function watch(target: FuzzedNode, url: string, offer: string): Promise<Player> {
  const claims = { ...target.session, sub: randomUUID(), role: 'spectator', seat: null } as const;
  const token = await target.edge.whepToken(claims);
  const post = (to: string, type: string, text: string) =>
    fetch(to, {
      method: 'POST',
      headers: { 'content-type': type, authorization: `Bearer ${token}` },
      body: text,
    });
  const locationOf = (answer: Response) => new URL(answer.headers.get('location') ?? '', url).href;
  const viewer = locationOf(await post(url, SDP_TYPE, offer));
  const stream = locationOf(await post(`${viewer}/events`, JSON_TYPE, '["recording"]'));
  // As of a player that the edge has sent on to here, and what is no such ticket.
  const ticket = await target.edge.ticket({ ...claims, sub: randomUUID(), whep: 'x' });
  return {
    token,
    places: {
      endpoint: url,
      sentOn: `${url}?${WHEP_TICKET}=${ticket}`,
      viewer,
      events: `${viewer}/events`,
      stream,
      noTicket: `${url}?${WHEP_TICKET}=${token}`,
    },
  };
}

/** Wrong WHEP requests against a real node: each has to have an answer with a code, and the node to serve on. */
export async function fuzzWhep(options: FuzzOptions): Promise<FuzzCount> {
  const target = await FuzzedNode.open();
  const result = { inputs: 0, codes: {} };
  try {
    const url = whepUrl(target.edge.signalUrl, target.session.sessionId);
    const sub = randomUUID();
    const offer = await whepOffer();
    const begun = performance.now();
    for (let round = 0; isUnderWay(options, begun, result.inputs); round++) {
      const good = await target.edge.whepToken({ ...target.session, sub });
      const player = await watch(target, url, offer);
      const tokens: Record<string, string> = { good, watching: player.token };
      for (const input of fc.sample(request, { seed: options.seed + round, numRuns: 50 })) {
        const token = tokens[input.token] ?? input.token;
        const hasBody = !['GET', 'DELETE', 'OPTIONS'].includes(input.method);
        const response = await fetch(`${player.places[input.place]}${input.path}`, {
          method: input.method,
          headers: {
            'content-type': input.type,
            ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(hasBody ? { body: input.body } : {}),
        });
        result.inputs += 1;
        const code = await codeOf(response);
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

/** A stream of events has no end, and is hung up on. */
async function codeOf(response: Response): Promise<string> {
  if (response.headers.get('content-type') === 'text/event-stream') {
    await response.body?.cancel();
    return 'events';
  }
  const text = await response.text();
  return response.ok ? String(response.status) : problemSchema.parse(JSON.parse(text)).code;
}
