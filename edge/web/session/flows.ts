/** Milliseconds in which a new way has to bring something before it is shown all the same: a silent game sends no sound. */
const FLOW_MS = 2_000;

/** Until the first packets have come (W3C Media Capture: a remote track is muted until then). */
export function flows(track: MediaStreamTrack): Promise<void> {
  if (!track.muted) return Promise.resolve();
  return new Promise(resolve => {
    const timer = setTimeout(resolve, FLOW_MS);
    track.addEventListener(
      'unmute',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
