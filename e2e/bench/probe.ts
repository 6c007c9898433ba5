import type { Watch } from './observer.ts';
import type { Scene } from './targets/target.ts';
export const PROBE_CODE = 'F1';
export const PROBE_WATCH: Omit<Watch, 'selector'> = {
  block: { x: 160 / 1280, y: 160 / 720 },
  counter: { x: 16 / 1280, y: 22 / 720, width: 256 / 1280, height: 2 / 720 },
};
export function probeCommand(scene: Scene): [string, string[]] {
  return ['/tmp/bench-try/standin', [scene]];
}
