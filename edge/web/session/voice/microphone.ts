/** Why there is no microphone. */
export type MicProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'failed';

/** A microphone could not be opened. */
export class MicError extends Error {
  readonly problem: MicProblem;

  constructor(problem: MicProblem, cause?: unknown) {
    super(`No microphone: ${problem}`, { cause });
    this.name = 'MicError';
    this.problem = problem;
  }
}

/** What speech needs: no echo of the game from the loudspeakers, no fan, the same loudness near and far (W3C Media Capture). */
const SPEECH: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** An open microphone; the browser shows that it is in use until `close`. */
export class Microphone {
  readonly track: MediaStreamTrack;

  private constructor(track: MediaStreamTrack) {
    this.track = track;
  }

  /** Asks the player where the browser has to. Rejects with a MicError. */
  static async open(deviceId: string | undefined): Promise<Microphone> {
    // Browsers have none on pages that are not secure.
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (devices === undefined) throw new MicError('insecure');
    try {
      const stream = await devices.getUserMedia({
        audio: { ...SPEECH, ...(deviceId === undefined ? {} : { deviceId: { ideal: deviceId } }) },
      });
      const [track] = stream.getAudioTracks();
      if (track === undefined) throw new MicError('missing');
      return new Microphone(track);
    } catch (error) {
      throw error instanceof MicError ? error : new MicError(problemOf(error), error);
    }
  }

  get deviceId(): string | undefined {
    return this.track.getSettings().deviceId;
  }

  close(): void {
    this.track.stop();
  }
}

/** Microphones that may be picked. Without permission browsers give them no names. */
export async function listMicrophones(): Promise<MediaDeviceInfo[]> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  const found = (await devices?.enumerateDevices()) ?? [];
  return found.filter(({ kind, deviceId }) => kind === 'audioinput' && deviceId !== '');
}

function problemOf(error: unknown): MicProblem {
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}
