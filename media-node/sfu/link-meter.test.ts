import { describe, expect, it } from 'vitest';
import { LinkMeter } from './link-meter.ts';

const transport = (availableOutgoingBitrate: number, sendBitrate: number, bytesReceived = 0) => ({
  dtlsState: 'connected' as const,
  availableOutgoingBitrate,
  sendBitrate,
  bytesReceived,
});
const video = (packetCount: number, nackPacketCount: number, roundTripTime = 20) => ({
  packetCount,
  nackPacketCount,
  fractionLost: 0,
  roundTripTime,
});

describe('a link’s figures', () => {
  it('tell a fall of the estimate, unless what is sent had left it behind', () => {
    const meter = new LinkMeter();
    expect(meter.read(transport(8e6, 6e6), video(0, 0), 0, 0).fell).toBe(false);
    expect(meter.read(transport(7.9e6, 6e6), video(0, 0), 100, 0).fell).toBe(false);
    expect(meter.read(transport(3e6, 6e6), video(0, 0), 200, 0).fell).toBe(true);
    expect(meter.read(transport(2e6, 6e6), video(0, 0), 300, 0).fell).toBe(false);
  });

  it('count what is missing of enough packets, and not what was told before', () => {
    const meter = new LinkMeter();
    const missing = (at: number, packets: number, nacked: number, since = 0) =>
      meter.read(transport(8e6, 6e6), video(packets, nacked), at, since).missing;
    expect(missing(0, 0, 0)).toBe(0);
    expect(missing(100, 20, 10)).toBe(0);
    expect(missing(200, 50, 25)).toBe(0.5);
    expect(missing(400, 100, 25)).toBeLessThan(0.4);
    expect(missing(900, 300, 25)).toBe(0);
    expect(missing(1000, 340, 65, 950)).toBe(0);
    expect(missing(1100, 440, 65, 950)).toBe(0);
    // Another consumer.
    expect(missing(1200, 10, 0)).toBe(0);
  });

  it('measure the queue by the shortest round trip of late', () => {
    const meter = new LinkMeter();
    const queue = (at: number, roundTrip: number) =>
      meter.read(transport(8e6, 6e6), video(0, 0, roundTrip), at, 0).queueMs;
    expect(queue(0, 40)).toBe(0);
    expect(queue(1000, 30)).toBe(0);
    expect(queue(2000, 150)).toBe(120);
    expect(queue(40_000, 150)).toBe(0);
  });

  it('tell a cut by the receiver’s silence, and its end by the first word', () => {
    const meter = new LinkMeter();
    const cut = (at: number, received: number, packets: number) =>
      meter.read(transport(8e6, 6e6, received), video(packets, 0), at, 0).cut;
    expect(cut(0, 100, 0)).toBe('no');
    expect(cut(400, 100, 200)).toBe('no');
    expect(cut(500, 100, 250)).toBe('yes');
    expect(cut(2000, 100, 900)).toBe('yes');
    expect(cut(2100, 150, 950)).toBe('over');
    expect(cut(2200, 200, 1000)).toBe('no');
    // A still picture sends little, and little is said of it.
    expect(cut(4000, 200, 1010)).toBe('no');
    // Another consumer.
    expect(cut(4100, 200, 5)).toBe('no');
  });

  it('are empty without a connection', () => {
    const stats = new LinkMeter().read(undefined, undefined, 0, 0);
    expect(stats).toEqual({
      estimate: undefined,
      fell: false,
      sent: 0,
      missing: 0,
      loss: 0,
      queueMs: 0,
      cut: 'no',
    });
  });
});
