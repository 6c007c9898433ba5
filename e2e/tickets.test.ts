import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Admission } from '#shared/api/play.ts';
import { TICKET_CLOCK_SKEW_S, TICKET_TTL_S } from '#shared/limits.ts';
import { ApiClient } from './support/api.ts';
import { NodeSocket } from './support/node-socket.ts';
import { SharedPlatform } from './support/shared-platform.ts';

let platform: SharedPlatform;
let player: ApiClient;
let admission: Admission;
const sockets: NodeSocket[] = [];

beforeAll(async () => {
  platform = await SharedPlatform.enter();
  player = await ApiClient.register(platform.baseUrl, 'Tilda');
  admission = await player.createSession('probe');
});

afterAll(async () => {
  for (const socket of sockets) socket.close();
  await platform?.close();
});

/** What the node says to a ticket, on a socket of its own. */
async function show(ticket: string): Promise<string> {
  const socket = await NodeSocket.open(admission.signalUrl);
  sockets.push(socket);
  return socket.hello(ticket);
}

/** The platform's own signing key: a ticket that is wrong in one point only. */
async function forge(ticket: string, changes: Record<string, unknown>, key?: CryptoKey): Promise<string> {
  const [jwk] = JSON.parse(
    readFileSync(join(platform.secretsDir, 'worker', 'SIGNING_JWKS'), 'utf8'),
  ) as JWK[];
  if (jwk === undefined) throw new Error('the platform has no signing key');
  const { typ, kid } = decodeProtectedHeader(ticket);
  return new SignJWT({ ...decodeJwt(ticket), jti: crypto.randomUUID(), ...changes })
    .setProtectedHeader({ alg: 'EdDSA', ...(typ && { typ }), ...(kid && { kid }) })
    .sign(key ?? (await importJWK(jwk, 'EdDSA')));
}

describe('a ticket', () => {
  it('lets in once, and only once', async () => {
    expect(await show(admission.ticket)).toBe('welcome');
    expect(await show(admission.ticket)).toBe('ticket_used');
  });

  it('is refused when it has expired', async () => {
    const fresh = await player.ticket(admission.session.id);
    const past = Math.floor(Date.now() / 1000) - TICKET_TTL_S - TICKET_CLOCK_SKEW_S - 5;
    const expired = await forge(fresh.ticket, { iat: past, exp: past + TICKET_TTL_S });
    expect(await show(expired)).toBe('ticket_expired');
  });

  it('is refused when it is for another node', async () => {
    const fresh = await player.ticket(admission.session.id);
    expect(await show(await forge(fresh.ticket, { aud: 'elsewhere-1' }))).toBe('ticket_foreign');
  });

  it('is refused when a stranger signed it', async () => {
    const fresh = await player.ticket(admission.session.id);
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    expect(await show(await forge(fresh.ticket, {}, privateKey))).toBe('ticket_invalid');
  });

  it('is refused when it was altered', async () => {
    const fresh = await player.ticket(admission.session.id);
    const [header, payload = '', signature] = fresh.ticket.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const altered = Buffer.from(JSON.stringify({ ...(claims as object), seat: 2 })).toString('base64url');
    expect(await show([header, altered, signature].join('.'))).toBe('ticket_invalid');
  });

  it('is refused when its epoch is none that a claim returns', async () => {
    const fresh = await player.ticket(admission.session.id);
    expect(await show(await forge(fresh.ticket, { epoch: 0 }))).toBe('ticket_invalid');
  });

  it('forged without a change would do: the refusals are for what was changed', async () => {
    const fresh = await player.ticket(admission.session.id);
    expect(await show(await forge(fresh.ticket, {}))).toBe('welcome');
  });
});
