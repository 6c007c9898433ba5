import type { Services } from '#edge/services.ts';
import type { LiveEvent } from '#shared/live.ts';

type Announcement = Extract<LiveEvent, { type: 'announcement' }>;

/**
 * Says something to every player who is connected, or to those of one region, and answers its id. Who connects later does not
 * hear it. Throws `unavailable` when not all are going to.
 */
export async function announce(
  { live }: Pick<Services, 'live'>,
  { region, ...said }: Pick<Announcement, 'text' | 'level'> & { region?: string | undefined },
): Promise<string> {
  const id = crypto.randomUUID();
  await live.broadcast({ type: 'announcement', id, ...said }, { region });
  return id;
}
