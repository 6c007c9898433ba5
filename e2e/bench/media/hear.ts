/** When the page heard something: performance.now() of the page, in ms. */
export interface Heard {
  beeps: number[];
}

declare global {
  interface Window {
    benchEar: Heard;
  }
}

/**
 * Runs in the page, once its game's sound plays: notes each time that it becomes loud after quiet. A ScriptProcessorNode of 256 samples
 * looks each 5.3 ms, which is how exact it is. The function must not refer to anything outside itself: its source is sent to the browser.
 */
export async function listen(selector: string): Promise<void> {
  /** Loudest sample of a beep of the probe: 0.2 and more; of quiet, after Opus: below 0.01. */
  const LOUD = 0.05;
  const BLOCK = 256;
  /** A beep lasts 60 ms, with ripples of the codec around it. */
  const QUIET_MS = 100;
  const element = document.querySelector<HTMLAudioElement>(selector);
  const stream = element?.srcObject;
  if (!(stream instanceof MediaStream)) throw new Error('The page plays no sound.');
  const context = new AudioContext({ sampleRate: 48_000, latencyHint: 'interactive' });
  await context.resume();
  const processor = context.createScriptProcessor(BLOCK, 1, 1);
  window.benchEar = { beeps: [] };
  let lastLoudAt = Number.NEGATIVE_INFINITY;
  processor.onaudioprocess = event => {
    const now = performance.now();
    const samples = event.inputBuffer.getChannelData(0);
    if (!samples.some(sample => Math.abs(sample) > LOUD)) return;
    if (now - lastLoudAt > QUIET_MS) window.benchEar.beeps.push(now);
    lastLoudAt = now;
  };
  context.createMediaStreamSource(stream).connect(processor);
  // It runs only while something pulls on it; what it gives out is silence.
  processor.connect(context.destination);
}
