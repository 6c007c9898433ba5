import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVoiceResponseSchema } from '#shared/signal.ts';
import { VOICE_MAX_VOICES } from '#shared/voice.ts';
import { until } from '../../test/stage.ts';
import { micOf } from '../../test/voice-peer.ts';
import { VoiceStage } from '../../test/voice-stage.ts';

let stage: VoiceStage;

describe('a voice room', () => {
  beforeEach(async () => {
    stage = await VoiceStage.open();
  });

  afterEach(() => stage.close());

  it('costs nothing before somebody speaks or listens, and goes with the last member', async () => {
    const member = stage.join(1);
    expect(await stage.routers()).toBe(0);
    await stage.ask(member, { type: 'openVoice', direction: 'listen' });
    expect(await stage.routers()).toBe(1);
    member.place.leave();
    await until(async () => (await stage.routers()) === 0);
  });

  it('takes so many microphones and no more', async () => {
    const speakers = Array.from({ length: VOICE_MAX_VOICES }, (_, index) => stage.join(index + 1));
    for (const [index, member] of speakers.entries()) await stage.speak(member, index + 1);
    const late = stage.join(99);
    await stage.ask(late, { type: 'openVoice', direction: 'speak' });
    const request = { type: 'speak', rtpParameters: micOf(99), muted: false };
    await expect(stage.ask(late, request)).rejects.toMatchObject({ code: 'voices_full' });
    speakers[0]?.place.leave();
    await expect(stage.ask(late, request)).resolves.toHaveProperty('voiceId');
  });

  it('is opened anew when its worker dies, for everybody at once', async () => {
    const [host, guest] = [stage.join(1), stage.join(2)];
    await stage.speak(host);
    await stage.ask(guest, { type: 'openVoice', direction: 'listen' });
    process.kill(stage.workers.byLoad('spectators')[0]?.pid ?? 0, 'SIGKILL');
    await until(() => [host, guest].every(({ told }) => told.some(({ type }) => type === 'voiceReset')));
    await until(() => host.told.findLast(message => message.type === 'voices')?.voices.length === 0);
    await until(() => stage.workers.byLoad('spectators').length > 0);
    const voiceId = await stage.speak(host);
    await stage.ask(guest, { type: 'openVoice', direction: 'listen' });
    const { routerRtpCapabilities } = openVoiceResponseSchema.parse(
      await stage.ask(guest, { type: 'openVoice', direction: 'listen' }),
    );
    const request = { type: 'hearVoice', voiceId, held: false, rtpCapabilities: routerRtpCapabilities };
    await expect(stage.ask(guest, request)).resolves.toHaveProperty('consumer');
  });
});
