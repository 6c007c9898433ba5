import type { OpenAPIHono } from '@hono/zod-openapi';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { friendsApi, type PlayerRef } from '#shared/api/friends.ts';
import { wrongField } from '#shared/errors.ts';
import { allowRate } from '../rate.ts';
import { friendCodeOf, renewFriendCode, userOfFriendCode } from './codes.ts';
import { listFriends } from './list.ts';
import { moveFriend } from './moves.ts';

/** Enough for a guest list, too few to try codes. */
const ASKS_A_MINUTE = 20;

const me = (player: AccessClaims): PlayerRef => ({ id: player.sub, displayName: player.name });

/** /v1/friends */
export function serveFriends(app: OpenAPIHono<AppEnv>): void {
  serve(app, friendsApi.list, async ({ services, player, query }) =>
    listFriends(services, player.sub, query),
  );

  serve(app, friendsApi.code, async ({ services, player }) => ({
    code: await friendCodeOf(services.db, player.sub),
  }));

  serve(app, friendsApi.newCode, async ({ services, player }) => ({
    code: await renewFriendCode(services.db, player.sub),
  }));

  serve(app, friendsApi.ask, async ({ services, player, body: { code, userId } }) => {
    await allowRate(services, 'friend-asks', player.sub, ASKS_A_MINUTE);
    const otherId = code === undefined ? userId : await userOfFriendCode(services.db, code);
    if (otherId === undefined) throw wrongField('code', 'give a code or a userId');
    return moveFriend(services, me(player), otherId, 'ask');
  });

  serve(app, friendsApi.accept, async ({ services, player, params }) =>
    moveFriend(services, me(player), params.userId, 'accept'),
  );

  serve(app, friendsApi.decline, async ({ services, player, params }) =>
    moveFriend(services, me(player), params.userId, 'decline'),
  );

  serve(app, friendsApi.cancel, async ({ services, player, params }) =>
    moveFriend(services, me(player), params.userId, 'cancel'),
  );

  serve(app, friendsApi.remove, async ({ services, player, params }) =>
    moveFriend(services, me(player), params.userId, 'remove'),
  );

  serve(app, friendsApi.block, async ({ services, player, params }) =>
    moveFriend(services, me(player), params.userId, 'block'),
  );

  serve(app, friendsApi.unblock, async ({ services, player, params }) =>
    moveFriend(services, me(player), params.userId, 'unblock'),
  );
}
