import type { PresignedRequest } from '#edge/store/objects.ts';
import type { SaveLink } from '#shared/api/saves.ts';

export function toLink({ expiresAt, ...request }: PresignedRequest): SaveLink {
  return { ...request, expiresAt: expiresAt.toISOString() };
}
