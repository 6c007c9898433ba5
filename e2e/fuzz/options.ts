export interface FuzzOptions {
  /** How long, beside what it takes to start and to stop. */
  seconds: number;
  /** Inputs that are sent however long that takes: a test may not hang on how fast the machine is. */
  atLeast?: number;
  /** Of the random input: the same seed makes the same. */
  seed: number;
}

/** Whether the run goes on. */
export function isUnderWay({ seconds, atLeast = 0 }: FuzzOptions, begun: number, inputs: number): boolean {
  return performance.now() - begun < seconds * 1000 || inputs < atLeast;
}
