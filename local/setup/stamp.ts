import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hashTree } from '#media-node/hash-tree.ts';
import { NEARCADE_DIR } from '../paths.ts';

/** What was built from which inputs: a file with their hash, written when the build is done. */
export interface Stamp {
  /** Whether what is built is of the inputs as they are now. */
  isCurrent(): boolean;
  /** Runs a build and stamps it with the inputs as they were before. */
  around(build: () => Promise<void>): Promise<void>;
}

/** The stamp of the build `name`; inputs that do not exist don't count. */
export function stampOf(name: string, inputs: readonly string[]): Stamp {
  const file = join(NEARCADE_DIR, 'build', `${name}.inputs`);
  const hash = () => hashTree(inputs.filter(existsSync));
  return {
    isCurrent: () => existsSync(file) && readFileSync(file, 'utf8') === hash(),
    async around(build) {
      const before = hash();
      await build();
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, before);
    },
  };
}
