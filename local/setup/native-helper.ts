import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NATIVE_HELPER } from '#media-node/encode/build-native.ts';
import { ROOT } from '../paths.ts';
import { runImagePart } from './image-part.ts';
import { stampOf } from './stamp.ts';
import type { Step } from './step.ts';

const ENCODE = join(ROOT, 'media-node', 'encode');
const PADS = join(ROOT, 'media-node', 'input', 'native');
const stamp = stampOf('native', [join(ENCODE, 'native'), PADS, join(ENCODE, 'build-native.ts')]);

/** The process that captures, encodes and sends a session's picture and sound, and the library that gives games their pads. */
export const nativeHelper: Step = {
  title: 'native media helper',
  isDone: () => existsSync(NATIVE_HELPER) && stamp.isCurrent(),
  run: context => stamp.around(() => runImagePart(context, 'helper')),
};
