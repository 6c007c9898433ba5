import { endpoint } from './endpoint.ts';

export const liveApi = {
  /** What goes over it: shared/live-protocol.ts. */
  connect: endpoint({
    tag: 'Live events',
    access: 'player',
    method: 'get',
    path: '/v1/live',
    summary:
      "The player's WebSocket, one a device. A browser gives its token as the second subprotocol, `bearer.<token>`; the first is `nearcade.live.1`",
    upgrade: true,
  }),
} as const;
