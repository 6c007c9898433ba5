import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Player } from './player.ts';

/** Samples a second of the fake microphone. */
const RATE = 48_000;

export interface FakeMicrophone {
  /** Chromium's. */
  args: string[];
  close(): void;
}

/**
 * Chromium's arguments for a microphone that says the syllables of a WAV file, again and again (RIFF, 16-bit PCM). They rise and fall
 * in pitch and loudness: noise suppression takes a steady tone for noise.
 */
export function fakeMicrophone(): FakeMicrophone {
  const seconds = 4;
  const samples = new Int16Array(RATE * seconds);
  for (let at = 0; at < samples.length; at++) {
    const time = at / RATE;
    const inSyllable = (time % 0.4) / 0.4;
    const loud = inSyllable < 0.7 ? Math.sin((Math.PI * inSyllable) / 0.7) : 0;
    const pitch = 140 + 60 * Math.sin(time * 5) + 40 * inSyllable;
    let value = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++) {
      value += Math.sin(2 * Math.PI * pitch * harmonic * time) / harmonic;
    }
    samples[at] = Math.round(value * loud * 9000);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  const dir = mkdtempSync(join(tmpdir(), 'nearcade-voice-'));
  const file = join(dir, 'speech.wav');
  writeFileSync(file, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return {
    args: ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${file}`],
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export interface Received {
  /** Of the voices: connections that bring no picture. */
  voice: { bytes: number; energy: number };
  /** Of the game (W3C webrtc-stats). */
  game: { ids: string; frames: number; audioPackets: number };
}

/** What a page has received so far, by voices and game. */
export function received(player: Player): Promise<Received> {
  return player.page.evaluate(async () => {
    const voice = { bytes: 0, energy: 0 };
    const game = { ids: '', frames: 0, audioPackets: 0 };
    for (const peer of window.testPeers) {
      const reports = [...(await peer.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
      const isGame = reports.some(({ kind }) => kind === 'video');
      for (const report of reports) {
        if (!isGame) {
          voice.bytes += report.bytesReceived;
          voice.energy += report.totalAudioEnergy ?? 0;
        } else if (report.kind === 'video') {
          game.ids += `${report.ssrc} `;
          game.frames += report.framesDecoded;
        } else {
          game.ids += `${report.ssrc} `;
          game.audioPackets += report.packetsReceived;
        }
      }
    }
    return { voice, game };
  });
}

/** Bytes of voices that arrive within a moment. */
export async function voiceFlow(player: Player, ms = 700): Promise<number> {
  const before = (await received(player)).voice.bytes;
  await player.page.waitForTimeout(ms);
  return (await received(player)).voice.bytes - before;
}

/** Calls the play bar, as a pointer at the top edge does. */
export async function callBar(player: Player): Promise<void> {
  await player.page.mouse.move(640, 40);
  await player.page.mouse.move(640, 20);
}

/** Opens a panel of the play bar, or closes it. */
export async function togglePanel(player: Player, which: 'voice' | 'room'): Promise<void> {
  await callBar(player);
  await player.page.getByTestId(`${which}-toggle`).click();
}

/** Keeps what opens the microphone to the others on its way to the node, until it is let go; counts the microphones that the page opened. */
export async function holdMicrophone({
  page,
}: Player): Promise<{ opened(): Promise<number>; letGo(): Promise<void> }> {
  await page.evaluate(() => {
    const socket = window.testSockets.at(-1);
    if (socket === undefined) throw new Error('no link to the node');
    const send = socket.send.bind(socket);
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    const held: Parameters<typeof send>[0][] = [];
    socket.send = data => {
      if (typeof data === 'string' && data.includes('"type":"speak"')) held.push(data);
      else send(data);
    };
    window.testMicrophones = 0;
    navigator.mediaDevices.getUserMedia = async constraints => {
      const stream = await ask(constraints);
      window.testMicrophones++;
      return stream;
    };
    window.testLetGo = () => {
      socket.send = send;
      navigator.mediaDevices.getUserMedia = ask;
      for (const data of held) send(data);
    };
  });
  return {
    opened: () => page.evaluate(() => window.testMicrophones),
    letGo: () => page.evaluate(() => window.testLetGo()),
  };
}

declare global {
  interface Window {
    testMicrophones: number;
    testLetGo: () => void;
  }
}
