/** Where the texts of secrets come from: the one port. Adapters: `AwsStore`, `FileStore`. */
export interface SecretSource {
  /**
   * The current text of a secret, asked for anew. Throws `secret_missing` (there is none, or it is empty), `secret_denied` (it may
   * not be read) or `secrets_unreachable` (nobody answered), in one sentence that names the secret and never holds a text.
   */
  read(name: string): Promise<string>;
}

/** Secrets as those have them who work with them: remembered for a while, see `CachedSecrets`. */
export interface Secrets {
  /** Its text. Throws what `SecretSource.read` throws. */
  get(name: string): Promise<string>;
  /** Asks anew at once: what `get` gave has been refused. */
  refresh(name: string): Promise<string>;
  /** Tells each new text of a secret that somebody has asked for. The result ends that. */
  onChange(name: string, tell: (text: string) => void): () => void;
}

/** Secrets Manager's staging labels AWSCURRENT, AWSPENDING, AWSPREVIOUS. */
export const STAGES = ['current', 'pending', 'previous'] as const;
export type Stage = (typeof STAGES)[number];

/** What is known of a secret without reading it. */
export interface SecretState {
  /** Which stages have a text. A pending one that is the current one has arrived and does not count. */
  stages: ReadonlySet<Stage>;
  /** When any of it was changed last. */
  changedAt: Date | undefined;
}

/** What operators work with: a source that can be written to, in stages, so that a change that was cut off is taken up again. */
export interface SecretStore extends SecretSource {
  /** Where it is, for people: service and region, or folder. */
  readonly place: string;
  /** Undefined: there is no secret of that name. */
  describe(name: string): Promise<SecretState | undefined>;
  /** The text of a stage, undefined where it has none. */
  readStage(name: string, stage: Stage): Promise<string | undefined>;
  /** A new text. `current` makes what was current the previous one. Throws `secret_missing` where there is no such secret. */
  put(name: string, text: string, stage: 'current' | 'pending'): Promise<void>;
  /** The pending text becomes the current one, that one the previous. */
  promote(name: string): Promise<void>;
}
