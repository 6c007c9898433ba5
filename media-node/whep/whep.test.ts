import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/errors.ts';
import { ICE_FRAGMENT_TYPE, SDP_TYPE, whepUrl } from '#shared/whep.ts';
import { arrive, phase, type SessionClaims, sessionOfEpoch } from '../test/stage.ts';
import { TestEdge } from '../test/test-edge.ts';
import { TestNode } from '../test/test-node.ts';
import type { TestPlayer } from '../test/test-player.ts';
import { whepOffer } from '../test/whep-offer.ts';

/** WHEP's HTTP against a real node. That a picture is seen by it is tried in a browser: e2e/whep.test.ts. */

let edge: TestEdge;
let node: TestNode;
let session: SessionClaims;
let host: TestPlayer;
let url: string;
let offer: string;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge });
  session = sessionOfEpoch(1);
  host = await arrive(edge, session);
  await phase(host, 'playing');
  url = whepUrl(edge.signalUrl, session.sessionId);
  offer = await whepOffer();
});

afterAll(async () => {
  await node?.close();
  await edge?.close();
});

const token = (claims = {}) => edge.whepToken({ ...session, sub: randomUUID(), ...claims });

function send(
  method: string,
  to: string,
  by: string | undefined,
  body?: string,
  headers: Record<string, string> = {},
) {
  return fetch(to, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(by === undefined ? {} : { authorization: `Bearer ${by}` }),
      ...(body === undefined ? {} : { 'content-type': SDP_TYPE }),
      ...headers,
    },
  });
}

async function codeOf(response: Response | Promise<Response>): Promise<string> {
  const settled = await response;
  expect(settled.headers.get('content-type')).toBe('application/problem+json');
  expect(settled.headers.get('access-control-allow-origin')).toBe('*');
  const problem = problemSchema.parse(await settled.json());
  expect(problem.status).toBe(settled.status);
  return `${problem.status} ${problem.code}`;
}

/** Reads a stream of server-sent events: the answer waits for the next one of a name. */
function eventsOf(response: Response): (name: string) => Promise<unknown> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return async name => {
    for (;;) {
      const found = new RegExp(`event: ${name}\\ndata: (.*)\\n\\n`).exec(text);
      if (found !== null) {
        text = text.replace(found[0], '');
        return JSON.parse(found[1] ?? '');
      }
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) throw new Error('the stream is over');
      text += value;
    }
  };
}

describe('WHEP', () => {
  it('answers an offer with what is sent, an address, and a tag; the address ends it', async () => {
    const by = await token();
    const answered = await send('POST', url, by, offer);
    expect(answered.status).toBe(201);
    expect(answered.headers.get('content-type')).toBe(SDP_TYPE);
    const location = answered.headers.get('location') ?? '';
    const answer = await answered.text();
    expect(answer).toContain('a=ice-lite');
    expect(answer).toContain('m=audio 9 UDP/TLS/RTP/SAVPF 111');
    expect(answer).toContain('m=video 9 UDP/TLS/RTP/SAVPF 98');
    expect(answer.match(/a=sendonly/g)).toHaveLength(2);
    expect(answer).toMatch(/a=candidate:.* udp .* typ host/);
    expect(answer).toContain('a=setup:passive');

    const address = new URL(location, url).href;
    const tag = answered.headers.get('etag') ?? '';
    const same = `a=ice-ufrag:abcd\r\na=ice-pwd:${'p'.repeat(24)}\r\n`;
    const trickle = { 'content-type': ICE_FRAGMENT_TYPE };
    expect((await send('PATCH', address, by, same, trickle)).status).toBe(204);
    const restart = same.replace('abcd', 'efgh');
    expect(await codeOf(send('PATCH', address, by, restart, trickle))).toBe('412 whep_etag_wrong');
    expect(await codeOf(send('PATCH', address, by, restart, { ...trickle, 'if-match': '"x"' }))).toBe(
      '412 whep_etag_wrong',
    );
    const restarted = await send('PATCH', address, by, restart, { ...trickle, 'if-match': '*' });
    expect(restarted.status).toBe(200);
    expect(restarted.headers.get('etag')).not.toBe(tag);
    expect(await restarted.text()).toMatch(/a=ice-ufrag:\S+\r\na=ice-pwd:\S+\r\n/);

    expect(await codeOf(send('DELETE', address, await token()))).toBe('404 not_found');
    expect((await send('DELETE', address, by)).status).toBe(200);
    expect(await codeOf(send('DELETE', address, by))).toBe('404 not_found');
  });

  it('takes a link again, and then for one player at a time', async () => {
    const by = await token();
    const first = await send('POST', url, by, offer);
    const second = await send('POST', url, by, offer);
    expect([first.status, second.status]).toEqual([201, 201]);
    const at = (response: Response) => new URL(response.headers.get('location') ?? '', url).href;
    expect(await codeOf(send('DELETE', at(first), by))).toBe('404 not_found');
    expect((await send('DELETE', at(second), by)).status).toBe(200);
  });

  it('sends what the offer can take and refuses the rest', async () => {
    const by = await token();
    const pictureAlone = await send('POST', url, by, offer.replace('opus/48000/2', 'PCMU/8000'));
    expect(pictureAlone.status).toBe(201);
    const answer = await pictureAlone.text();
    expect(answer).toContain('m=audio 0 ');
    expect(answer).toContain('a=group:BUNDLE 1');
    expect(await codeOf(send('POST', url, by, offer.replace('H264/', 'VP9/')))).toBe(
      '422 whep_offer_unusable',
    );
    expect(await codeOf(send('POST', url, by, offer.replaceAll('a=recvonly', 'a=sendonly')))).toBe(
      '422 whep_offer_unusable',
    );
  });

  it('lets in by a link alone, for its session, until an order voids it', async () => {
    expect(await codeOf(send('POST', url, undefined, offer))).toBe('401 unauthenticated');
    expect(await codeOf(send('POST', url, 'noise', offer))).toBe('401 ticket_invalid');
    const ticket = await edge.ticket({ ...session, sub: randomUUID(), role: 'spectator', seat: null });
    expect(await codeOf(send('POST', url, ticket, offer))).toBe('401 ticket_invalid');
    expect(await codeOf(send('POST', url, await token({ role: 'player', seat: 2 }), offer))).toBe(
      '401 ticket_invalid',
    );
    expect(await codeOf(send('POST', url, await token({ aud: 'node-2' }), offer))).toBe('401 ticket_foreign');
    const now = Math.floor(Date.now() / 1000);
    expect(await codeOf(send('POST', url, await token({ iat: now - 60, exp: now - 10 }), offer))).toBe(
      '401 ticket_expired',
    );
    expect(await codeOf(send('POST', url, await token({ epoch: 2 }), offer))).toBe('404 session_not_found');
    const other = whepUrl(edge.signalUrl, randomUUID());
    expect(await codeOf(send('POST', other, await token(), offer))).toBe('404 session_not_found');

    const sub = randomUUID();
    const by = await token({ sub });
    const watching = await send('POST', url, by, offer);
    await edge.order({ type: 'revoke', userId: sub, sessionId: session.sessionId, reason: 'kicked' });
    const address = new URL(watching.headers.get('location') ?? '', url).href;
    expect(await codeOf(send('DELETE', address, by))).toBe('404 not_found');
    expect(await codeOf(send('POST', url, by, offer))).toBe('401 ticket_expired');
  });

  it('is voided by who made the link, who stays, and so do the links of others', async () => {
    const [mine, others] = [await token({ sub: session.sub }), await token()];
    const [first, second] = [await send('POST', url, mine, offer), await send('POST', url, others, offer)];
    expect([first.status, second.status]).toEqual([201, 201]);
    const at = (response: Response) => new URL(response.headers.get('location') ?? '', url).href;
    await edge.order({ type: 'void_links', userId: session.sub, sessionId: session.sessionId });
    expect(await codeOf(send('DELETE', at(first), mine))).toBe('404 not_found');
    expect(await codeOf(send('POST', url, mine, offer))).toBe('401 ticket_expired');
    expect((await send('DELETE', at(second), others)).status).toBe(200);
  });

  it('says in its answer and by server-sent events that the session is recorded, and the host how many watch by it', async () => {
    const by = await token();
    const answered = await send('POST', url, by, offer);
    expect(answered.headers.get('nearcade-recording')).toBe('?0');
    const link = answered.headers.get('link') ?? '';
    expect(link).toContain('rel="urn:ietf:params:whep:ext:core:server-sent-events"');
    expect(link).toContain('events="active,inactive,viewercount,recording"');
    const eventsUrl = new URL(/<(.*?)>/.exec(link)?.[1] ?? '', url).href;
    const json = { 'content-type': 'application/json' };
    const wanted = JSON.stringify(['viewercount', 'recording', 'layers']);
    expect(await codeOf(send('POST', eventsUrl, await token(), wanted, json))).toBe('404 not_found');
    expect(await codeOf(send('POST', eventsUrl, by, '{', json))).toBe('400 whep_offer_invalid');
    expect(await codeOf(send('POST', eventsUrl, by, '"recording"', json))).toBe('400 whep_offer_invalid');
    const subscribed = await send('POST', eventsUrl, by, wanted, json);
    expect(subscribed.status).toBe(201);
    const source = new URL(subscribed.headers.get('location') ?? '', eventsUrl).href;
    expect(await codeOf(send('GET', `${eventsUrl}/x`, undefined))).toBe('404 not_found');
    // As an EventSource does: without a token.
    const stream = await send('GET', source, undefined);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const heard = eventsOf(stream);
    expect(await heard('recording')).toEqual({ recording: false, by: null, since: null });
    expect(await heard('viewercount')).toHaveProperty('viewercount');

    const begun = await host.request({ type: 'record', on: true });
    expect(begun.ok && begun.data.whepViewers).toBeGreaterThanOrEqual(1);
    expect(await heard('recording')).toMatchObject({ recording: true, by: 'Ada' });
    const later = await send('POST', url, await token(), offer);
    expect(later.headers.get('nearcade-recording')).toMatch(/^\?1;since=\d+$/);
    await host.request({ type: 'record', on: false });
    expect(await heard('recording')).toMatchObject({ recording: false });
    expect((await send('DELETE', source, undefined)).status).toBe(200);
    expect((await send('DELETE', new URL(answered.headers.get('location') ?? '', url).href, by)).status).toBe(
      200,
    );
    // The stream ends with what it is about.
    await expect(heard('inactive')).rejects.toThrow('over');
  });

  it('answers each wrong request with a code, and what a page of another origin asks before', async () => {
    const by = await token();
    expect(await codeOf(send('POST', url, by, 'v=1\r\n'))).toBe('400 whep_offer_invalid');
    expect(await codeOf(send('POST', url, by, offer.replaceAll(/a=fingerprint.*\r\n/g, '')))).toBe(
      '400 whep_offer_invalid',
    );
    expect(await codeOf(send('POST', url, by, offer.replaceAll(/(a=fingerprint:\S+ ).*/g, '$1ZZ')))).toBe(
      '400 whep_offer_invalid',
    );
    expect(await codeOf(send('POST', url, by, offer.replaceAll('a=mid:1', 'a=mid:0')))).toBe(
      '400 whep_offer_invalid',
    );
    expect(await codeOf(send('POST', url, by, '{}', { 'content-type': 'application/json' }))).toBe(
      '415 media_type_unsupported',
    );
    expect(await codeOf(send('POST', url, by, 'v=0'.padEnd(70_000, 'x')))).toBe('413 payload_too_large');
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
      expect(await codeOf(send(method, url, by))).toBe('405 method_not_allowed');
    }
    expect(await codeOf(send('PATCH', `${url}/${randomUUID()}`, by, 'a=x'))).toBe('404 not_found');
    const preflight = await send('OPTIONS', url, undefined);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('accept-post')).toBe(SDP_TYPE);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect(
      (await send('OPTIONS', `${url}/x`, undefined)).headers.get('access-control-allow-methods'),
    ).toContain('PATCH');
  });

  it('is gone with its session', async () => {
    const by = await token();
    const watching = await send('POST', url, by, offer);
    host.send({ type: 'quit' });
    await host.waitForClose();
    const address = new URL(watching.headers.get('location') ?? '', url).href;
    expect(await codeOf(send('DELETE', address, by))).toBe('404 not_found');
    expect(await codeOf(send('POST', url, by, offer))).toBe('410 session_over');
  });
});
