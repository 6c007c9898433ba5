import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../paths.ts';
import type { Step } from './step.ts';

const MODULE = join(ROOT, 'games', 'install.ts');

export async function gamePackages(): Promise<string[]> {
  if (!existsSync(MODULE)) return [];
  const module: { loadManifests(): Promise<unknown[]>; debianPackages(m: unknown[]): string[] } =
    await import(MODULE);
  return module.debianPackages(await module.loadManifests());
}

export const buildGameSources: Step = {
  title: 'games',
  isDone: () => !existsSync(MODULE),
  run: async () => {
    const module: { buildGames(): Promise<unknown> } = await import(MODULE);
    await module.buildGames();
  },
};
