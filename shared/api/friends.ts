import { z } from 'zod';
import { FRIEND_STATES } from '../lifecycles/social.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery } from './page.ts';
import { presenceSchema } from './presence.ts';

/** Letters and digits of a friend code: Crockford's base 32, which has no I, L, O and U. */
export const FRIEND_CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const FRIEND_CODE_LENGTH = 10;

/** As people type it: in either case, with spaces or dashes, O for 0, and I or L for 1. Parsed: as it is stored. */
export const friendCodeSchema = z
  .string()
  .max(40)
  .transform(code =>
    code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1'),
  )
  .refine(code => /^[0-9A-HJKMNP-TV-Z]{10}$/.test(code), 'ten letters and digits');

export const playerRefSchema = z.object({ id: z.uuid(), displayName: z.string() });
export type PlayerRef = z.infer<typeof playerRefSchema>;

export const friendStateSchema = z.enum(FRIEND_STATES);

export const friendSchema = z.object({
  user: playerRefSchema,
  /** How the caller stands to them: `asking` when the caller has asked, `asked` when they have. */
  state: friendStateSchema,
  /** ISO 8601; null for `none`. */
  since: z.string().nullable(),
  /** Of friends only; null for others, and when presence is not available. */
  presence: presenceSchema.nullable(),
});
export type Friend = z.infer<typeof friendSchema>;

/** By the code that they gave out, or by the id of a player whom the caller has met; exactly one of the two. */
export const askFriendRequestSchema = z
  .object({ code: friendCodeSchema.optional(), userId: z.uuid().optional() })
  .refine(body => (body.code === undefined) !== (body.userId === undefined), 'give a code or a userId');

export const friendCodeAnswerSchema = z.object({ code: z.string() });

const friends = { tag: 'Friends', access: 'player' } as const;
const params = z.object({ userId: z.uuid() });

export const friendsApi = {
  list: endpoint({
    ...friends,
    method: 'get',
    path: '/v1/friends',
    summary: 'My friends with their presence; or whom I have asked, who has asked me, or whom I block',
    revalidate: true,
    query: z.object({
      ...pageQuery,
      state: z.enum(['friends', 'asking', 'asked', 'blocked']).default('friends'),
    }),
    response: pageOf(friendSchema),
  }),
  code: endpoint({
    ...friends,
    method: 'get',
    path: '/v1/friends/code',
    summary: 'The code by which others can ask me',
    response: friendCodeAnswerSchema,
  }),
  newCode: endpoint({
    ...friends,
    method: 'post',
    path: '/v1/friends/code',
    summary: 'A new code; the old one finds nobody any more',
    status: 201,
    response: friendCodeAnswerSchema,
  }),
  ask: endpoint({
    ...friends,
    method: 'post',
    path: '/v1/friends',
    summary: 'Ask a player to be friends; who has asked already becomes a friend',
    body: askFriendRequestSchema,
    response: friendSchema,
  }),
  accept: endpoint({
    ...friends,
    method: 'post',
    path: '/v1/friends/{userId}/accept',
    summary: 'Become friends with who asked',
    params,
    response: friendSchema,
  }),
  decline: endpoint({
    ...friends,
    method: 'post',
    path: '/v1/friends/{userId}/decline',
    summary: 'Turn an ask down',
    params,
  }),
  cancel: endpoint({
    ...friends,
    method: 'post',
    path: '/v1/friends/{userId}/cancel',
    summary: 'Take my ask back',
    params,
  }),
  remove: endpoint({
    ...friends,
    method: 'delete',
    path: '/v1/friends/{userId}',
    summary: 'End a friendship',
    params,
  }),
  block: endpoint({
    ...friends,
    method: 'put',
    path: '/v1/friends/{userId}/block',
    summary: 'Block a player: no asks, invitations and messages from them; they are not told',
    params,
    response: friendSchema,
  }),
  unblock: endpoint({
    ...friends,
    method: 'delete',
    path: '/v1/friends/{userId}/block',
    summary: 'Block a player no longer',
    params,
  }),
} as const;
