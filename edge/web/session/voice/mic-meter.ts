/** Decibels below full scale that are shown as silence: a quiet room. */
const FLOOR_DB = -60;

/** How loud a track is right now, for a level meter. It plays nothing. */
export class MicMeter {
  readonly #context = new AudioContext();
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(track: MediaStreamTrack) {
    this.#analyser = this.#context.createAnalyser();
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(this.#analyser);
  }

  /** 0 (silence) to 1 (full scale), by decibels. */
  level(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    const db = 10 * Math.log10(sum / this.#samples.length || Number.MIN_VALUE);
    return Math.max(0, Math.min(1, 1 - db / FLOOR_DB));
  }

  close(): void {
    void this.#context.close();
  }
}
