import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NearcadeError } from '#shared/errors.ts';
import { makeRelease } from './release.ts';

/** `npm run release -- --out DIR`: what a media node's machine is given (media-node/image). */
try {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  if (values.out === undefined)
    throw new NearcadeError('invalid_request', 'Usage: npm run release -- --out DIR');
  const { version, file, sha256 } = await makeRelease(resolve(values.out), line =>
    console.error(`${line} ...`),
  );
  console.log(JSON.stringify({ version, file, sha256 }));
} catch (error) {
  console.error(error instanceof NearcadeError ? error.message : error);
  process.exitCode = 1;
}
