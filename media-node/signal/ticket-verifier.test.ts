import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Jwks } from '#shared/api/fleet.ts';
import { TICKET_TYPE, type TicketClaims } from '#shared/ticket.ts';
import { TicketVerifier } from './ticket-verifier.ts';

const NOW = Date.UTC(2030, 0, 1);
const NOW_S = NOW / 1000;

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let otherKeys: typeof keys;
let jwks: Jwks;
let verifier: TicketVerifier;
let time: number;

beforeAll(async () => {
  keys = await generateKeyPair('EdDSA', { extractable: true });
  otherKeys = await generateKeyPair('EdDSA', { extractable: true });
  const { x = '' } = await exportJWK(keys.publicKey);
  jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'k1' }] };
});

beforeEach(() => {
  time = NOW;
  verifier = new TicketVerifier({
    nodeId: 'node-1',
    jwks: () => jwks,
    now: () => time,
    startedAt: () => NOW,
  });
});

function claims(change: Partial<TicketClaims> = {}): JWTPayload {
  return {
    iss: 'nearcade',
    aud: 'node-1',
    sub: randomUUID(),
    jti: randomUUID(),
    iat: NOW_S,
    exp: NOW_S + 30,
    sessionId: randomUUID(),
    epoch: 1,
    slot: 0,
    role: 'player',
    seat: 1,
    displayName: 'Ada',
    game: 'probe',
    gameVersion: '1',
    ...change,
  };
}

function sign(payload: JWTPayload, header: { kid?: string; typ?: string } = {}, by = keys): Promise<string> {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'EdDSA', kid: 'k1', typ: TICKET_TYPE, ...header })
    .sign(by.privateKey);
}

async function codeOf(ticket: string): Promise<string> {
  return verifier.verify(ticket).then(
    () => 'good',
    (error: { code: string }) => error.code,
  );
}

describe('ticket verifier', () => {
  it('takes a good ticket once', async () => {
    const ticket = await sign(claims());
    expect(await verifier.verify(ticket)).toMatchObject({ role: 'player', seat: 1, epoch: 1 });
    expect(await codeOf(ticket)).toBe('ticket_used');
  });

  it('lets one of two sockets win that show a ticket at the same moment', async () => {
    const ticket = await sign(claims());
    expect((await Promise.all([codeOf(ticket), codeOf(ticket)])).sort()).toEqual(['good', 'ticket_used']);
  });

  it('remembers a used ticket for as long as it could be taken', async () => {
    const ticket = await sign(claims());
    expect(await codeOf(ticket)).toBe('good');
    time += 34_000;
    expect(await codeOf(ticket)).toBe('ticket_used');
    time += 2_000;
    expect(await codeOf(ticket)).toBe('ticket_expired');
  });

  it.each<[string, Partial<TicketClaims>, string]>([
    ['expired', { iat: NOW_S - 40, exp: NOW_S - 6 }, 'ticket_expired'],
    ['for another node', { aud: 'node-2' }, 'ticket_foreign'],
    ['from before this node', { iat: NOW_S - 20 }, 'ticket_expired'],
    ['without a seat for a player', { seat: null }, 'ticket_invalid'],
    ['with a seat for a spectator', { role: 'spectator' }, 'ticket_invalid'],
    ['with a claim of the wrong kind', { epoch: 0 }, 'ticket_invalid'],
  ])('refuses one that is %s', async (_what, change, code) => {
    expect(await codeOf(await sign(claims(change)))).toBe(code);
  });

  it('refuses another key, an unknown kid, another type, other algorithms and noise', async () => {
    expect(await codeOf(await sign(claims(), {}, otherKeys))).toBe('ticket_invalid');
    expect(await codeOf(await sign(claims(), { kid: 'k2' }))).toBe('ticket_invalid');
    expect(await codeOf(await sign(claims(), { typ: 'at+jwt' }))).toBe('ticket_invalid');
    const secret = new TextEncoder().encode(jwks.keys[0]?.x);
    const confused = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: TICKET_TYPE });
    expect(await codeOf(await confused.sign(secret))).toBe('ticket_invalid');
    expect(await codeOf('not.a.ticket')).toBe('ticket_invalid');
  });

  it('refuses a ticket whose claims were changed after it was signed', async () => {
    const [header, , signature] = (await sign(claims({ seat: 2 }))).split('.');
    const changed = Buffer.from(JSON.stringify(claims({ seat: 1 }))).toString('base64url');
    expect(await codeOf(`${header}.${changed}.${signature}`)).toBe('ticket_invalid');
  });

  it('takes new keys as soon as the edge has told them', async () => {
    const ticket = await sign(claims(), { kid: 'k2' }, otherKeys);
    const { x = '' } = await exportJWK(otherKeys.publicKey);
    jwks = { keys: [...jwks.keys, { kty: 'OKP', crv: 'Ed25519', x, kid: 'k2' }] };
    expect(await codeOf(ticket)).toBe('good');
  });
});
