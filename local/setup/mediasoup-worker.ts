import { hasMediasoupWorker } from '#media-node/sfu/build-worker.ts';
import { runImagePart } from './image-part.ts';
import type { Step } from './step.ts';

/** The process that carries picture, sound and input between a node and browsers. */
export const mediasoupWorker: Step = {
  title: 'mediasoup worker (built once a machine, some minutes)',
  isDone: hasMediasoupWorker,
  run: context => runImagePart(context, 'worker'),
};
