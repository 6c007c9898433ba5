import { expect, it } from 'vitest';
import { fuzzPorts } from './ports.ts';

it('malformed STUN, DTLS, RTP, RTCP and SCTP to its open ports leave the node serving, and its player playing', async () => {
  const { sent, answered, presses } = await fuzzPorts({ seconds: 3, seed: 1 });
  expect(sent.blind).toBeGreaterThan(100);
  // Each way was gone, or it would show nothing.
  expect(Math.min(sent.admitted, sent.encrypted, sent.tcp)).toBeGreaterThan(0);
  expect(answered).toBeGreaterThan(0);
  expect(presses).toBeGreaterThan(1);
}, 120_000);
