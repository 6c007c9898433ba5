import { z } from 'zod';
import { type ReadinessPart, serviceApi } from '#shared/api/service.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Visitor } from './visitor.ts';

/** Without it nobody can do anything, by whatever version. */
const DATABASE = 'database' satisfies ReadinessPart;

const detailsSchema = z.object({ parts: z.array(z.string()).min(1) });

/**
 * Whether a version is ready. What `other` lacks just now too, which is what serves, is no fault of this one: such parts are returned, but never the
 * database. Throws what /readyz says else. `other` undefined: there is nothing to compare with.
 */
export async function expectReady(visitor: Visitor, other: Visitor | undefined): Promise<string[]> {
  try {
    await visitor.call(serviceApi.ready, {});
    return [];
  } catch (error) {
    const lacking = lackingBy(error);
    if (other === undefined || lacking.length === 0 || lacking.includes(DATABASE)) throw error;
    const theirs = await other.call(serviceApi.ready, {}).then((): string[] => [], lackingBy);
    if (lacking.every(part => theirs.includes(part))) return lacking;
    throw error;
  }
}

/** Empty where it says none: a page of a proxy's, or an older version that names no parts. */
function lackingBy(error: unknown): string[] {
  const details = error instanceof NearcadeError ? detailsSchema.safeParse(error.details) : undefined;
  return details?.data?.parts ?? [];
}
