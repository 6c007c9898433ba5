import { hasPermission } from '#shared/roles.ts';
import type { AccessState } from '../api/access.ts';

/** Whether the operators' console is shown: what it may do is decided by the platform, request by request. */
export function mayReadConsole(state: AccessState): boolean {
  return state.kind === 'in' && hasPermission(state.user.role, 'admin:read');
}
