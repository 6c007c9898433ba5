/** A version as Cloudflare lists it. */
export interface ListedVersion {
  id: string;
  annotations?: Readonly<Record<string, string>> | null | undefined;
}

/** What Cloudflare calls any way of bringing code, in `workers/triggered_by`: "upload", "version_upload". */
const UPLOAD = /upload/;

/**
 * The release of each version by its id. An upload has it as its tag. A change of secrets makes a version of the newest one, with its code, and
 * Cloudflare gives that no tag (`workers/triggered_by` alone, "secret"): it is of the same release. Without an entry: a version that somebody
 * uploaded by other means than a deploy. `versions`: the newest first.
 */
export function releasesOf(versions: readonly ListedVersion[]): ReadonlyMap<string, string> {
  const releases = new Map<string, string>();
  let before: string | undefined;
  for (const { id, annotations } of versions.toReversed()) {
    const isUpload = UPLOAD.test(annotations?.['workers/triggered_by'] ?? '');
    before = annotations?.['workers/tag'] ?? (isUpload ? undefined : before);
    if (before !== undefined) releases.set(id, before);
  }
  return releases;
}
