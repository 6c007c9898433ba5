import { z } from 'zod';

/**
 * Every error code of the platform with its HTTP status and a short title. Codes are stable: clients switch on them.
 * Add one here rather than reuse one that nearly fits.
 */
export const ERROR_CODES = {
  // What came in is not right
  invalid_request: { status: 400, title: 'The request is not valid' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  request_running: { status: 409, title: 'This very request is being done' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  payload_too_large: { status: 413, title: 'The request is too large' },
  rate_limited: { status: 429, title: 'Too many requests' },
  // Who asks
  unauthenticated: { status: 401, title: 'Sign in first' },
  token_expired: { status: 401, title: 'The token has expired' },
  refresh_reused: { status: 401, title: 'This sign-in was used elsewhere and has been ended' },
  credentials_wrong: { status: 401, title: 'E-mail address or password is wrong' },
  forbidden: { status: 403, title: 'Not allowed' },
  sign_in_locked: { status: 429, title: 'Too many wrong passwords' },
  proof_needed: { status: 403, title: 'Show first that it is you' },
  banned: { status: 403, title: 'This account is banned' },
  access_denied: { status: 403, title: 'This account or address is not let in' },
  maintenance: { status: 503, title: 'The platform is being worked on' },
  update_required: { status: 426, title: 'This version is too old' },
  last_admin: { status: 409, title: 'This is the last admin' },
  access_rules_full: { status: 409, title: 'The lists are full' },
  mail_over: { status: 409, title: 'This mail waits, was sent or has run out' },
  access_rule_exists: { status: 409, title: 'The list has this already' },
  link_invalid: { status: 410, title: 'This link has been used or has expired' },
  already_verified: { status: 409, title: 'This e-mail address is verified already' },
  not_a_guest: { status: 409, title: 'This account is no guest' },
  email_unverified: { status: 403, title: 'Verify your e-mail address first' },
  email_taken: { status: 409, title: 'This e-mail address has an account already' },
  // Passkeys and sign-in services
  sign_in_method_unavailable: { status: 404, title: 'This way to sign in is not set up here' },
  last_sign_in_method: { status: 409, title: 'This is the last way to sign in to the account' },
  passkey_not_found: { status: 404, title: 'No such passkey' },
  passkey_challenge_invalid: { status: 401, title: 'The challenge is not open: begin again' },
  passkey_invalid: { status: 401, title: 'The passkey could not be verified' },
  passkey_cloned: { status: 401, title: 'This passkey may have been copied' },
  passkey_exists: { status: 409, title: 'This passkey is in use already' },
  passkeys_full: { status: 409, title: 'No more passkeys fit on this account' },
  oidc_state_invalid: { status: 400, title: 'This sign-in was not begun in this browser, or is over' },
  oidc_refused: { status: 403, title: 'The sign-in service did not let you in' },
  oidc_failed: { status: 502, title: 'The sign-in service could not be used' },
  oidc_email_unverified: { status: 409, title: 'The sign-in service has not verified your e-mail address' },
  oidc_email_in_use: { status: 409, title: 'An account has this e-mail address: sign in to it, then link' },
  identity_taken: { status: 409, title: 'This identity, or another one, is linked already' },
  identity_not_found: { status: 404, title: 'No such linked identity' },
  // Playing
  game_not_found: { status: 404, title: 'No such game' },
  game_exists: { status: 409, title: 'There is a game of this slug already' },
  games_full: { status: 409, title: 'Too many games are registered already' },
  build_not_found: { status: 404, title: 'No such build' },
  builds_full: { status: 409, title: 'The game has too many builds already' },
  nothing_to_roll_back: { status: 409, title: 'The channel had no other build that may come back' },
  session_not_found: { status: 404, title: 'No such session' },
  session_over: { status: 410, title: 'This session is over' },
  already_in_session: { status: 409, title: 'You are in a session already' },
  no_capacity: { status: 503, title: 'No free slot in any region' },
  seats_taken: { status: 409, title: 'Every seat is taken' },
  seat_needs_host: { status: 409, title: 'The host gives the seats here' },
  seat_claim_over: { status: 410, title: 'They do not ask for a seat any more' },
  host_pays: { status: 409, title: 'Who pays for the session stays its host' },
  seat_offer_over: { status: 410, title: 'This seat is not offered any more' },
  spectators_full: { status: 409, title: 'No more spectators fit' },
  epoch_stale: { status: 409, title: 'A newer claim has taken over' },
  // Clubs
  club_not_found: { status: 404, title: 'No such club' },
  club_table_not_found: { status: 404, title: 'No such table' },
  club_full: { status: 409, title: 'Every place in this club is taken' },
  club_limit_reached: { status: 409, title: 'Too many clubs, tables or applications already' },
  club_standing_wrong: { status: 409, title: 'Not possible as this player stands with the club' },
  club_owner_required: { status: 409, title: 'A club needs an owner' },
  club_table_number_taken: { status: 409, title: 'The club has a table of this number' },
  // Rooms and invite links
  room_closed: { status: 403, title: 'This room takes nobody else in' },
  room_barred: { status: 403, title: 'The host has put you out of this room' },
  room_vote_running: { status: 409, title: 'A vote is open already' },
  room_vote_too_soon: { status: 409, title: 'The last vote was rejected a moment ago' },
  room_vote_over: { status: 409, title: 'This vote is over' },
  invite_invalid: { status: 410, title: 'This link is not good any more' },
  invite_used_up: { status: 410, title: 'As many as it was for have come by this link' },
  invite_limit_reached: { status: 409, title: 'Too many links already' },
  // Friends, parties, chat
  player_not_found: { status: 404, title: 'No such player' },
  friends_full: { status: 409, title: 'The list of friends is full' },
  friend_asks_full: { status: 409, title: 'Too many asks are open' },
  party_not_found: { status: 404, title: 'No such party' },
  party_full: { status: 409, title: 'The party is full' },
  already_in_party: { status: 409, title: 'You are in a party already' },
  invites_full: { status: 409, title: 'Too many invitations are open' },
  invite_not_found: { status: 404, title: 'No such invitation' },
  party_too_large: { status: 409, title: 'The game has too few seats for the party' },
  ready_check_over: { status: 409, title: 'This ready check is over' },
  party_not_ready: { status: 409, title: 'Not everybody is ready' },
  message_not_found: { status: 404, title: 'No such message' },
  // Credits
  credits_short: { status: 402, title: 'Not enough credits' },
  price_changed: { status: 409, title: 'This costs more than was agreed to' },
  pack_not_found: { status: 404, title: 'No such pack of credits' },
  checkout_not_found: { status: 404, title: 'No such checkout' },
  payments_off: { status: 404, title: 'Nothing is sold here' },
  payment_mismatch: { status: 422, title: 'The payment is not what was asked for' },
  signature_wrong: { status: 401, title: 'The signature is wrong, missing or too old' },
  transfer_not_found: { status: 404, title: 'No such transfer' },
  transfer_not_reversible: { status: 409, title: 'This transfer cannot be taken back' },
  // Saved games
  save_not_found: { status: 404, title: 'No such save' },
  session_not_held: { status: 409, title: 'This node does not hold the session in this epoch' },
  save_slots_full: { status: 409, title: 'Every slot of this game is taken' },
  saves_full: { status: 409, title: 'The player has no more room for saves' },
  save_uploads_full: { status: 409, title: 'Too many uploads are under way' },
  save_upload_stopped: { status: 503, title: 'The save waits on its node to be put up' },
  save_upload_over: { status: 409, title: 'This upload no longer counts' },
  save_incomplete: { status: 409, title: 'What was announced has not been put up' },
  save_share_invalid: { status: 410, title: 'This link is not good any more' },
  save_share_used_up: { status: 410, title: 'As many as it was for have begun with this link' },
  save_shares_full: { status: 409, title: 'Too many moments are shared already' },
  save_of_other_game: { status: 409, title: 'This save is of another game' },
  save_too_large: { status: 413, title: 'The saved game is larger than can be kept' },
  save_unsteady: { status: 409, title: 'The game is writing its saves: try again in a moment' },
  save_invalid: { status: 422, title: 'The saved game is damaged' },
  save_nothing: { status: 409, title: 'There is nothing to save yet' },
  saves_off: { status: 409, title: 'This game keeps no saves' },
  restore_failed: { status: 502, title: 'The saved game could not be loaded' },
  // Recording
  recording_running: { status: 409, title: 'The session is being recorded' },
  recordings_full: { status: 409, title: 'The player has no more room for recordings' },
  recording_incomplete: { status: 409, title: 'The recording has not been put up whole' },
  recording_failed: { status: 502, title: 'The recording could not be begun' },
  // WHEP
  whep_offer_invalid: { status: 400, title: 'The SDP is not valid' },
  whep_offer_unusable: { status: 422, title: 'The offer has nothing that can be sent' },
  whep_etag_wrong: { status: 412, title: 'This is about an older state' },
  media_type_unsupported: { status: 415, title: 'This media type is not taken here' },
  // Tickets
  ticket_invalid: { status: 401, title: 'The ticket is not valid' },
  ticket_expired: { status: 401, title: 'The ticket has expired' },
  ticket_used: { status: 401, title: 'The ticket was used already' },
  ticket_foreign: { status: 401, title: 'The ticket is for another node' },
  // Media node
  node_draining: { status: 503, title: 'This node takes no new sessions' },
  node_overloaded: { status: 503, title: 'This node has no processor free for another session' },
  node_unknown: { status: 401, title: 'The node is not known' },
  naming_off: { status: 404, title: 'Nodes get no names here' },
  node_address_wrong: { status: 403, title: 'A node gets a name for its own public address alone' },
  node_name_held: { status: 409, title: 'Another node has this name or address' },
  node_name_foreign: { status: 409, title: 'This name has records that the platform did not make' },
  dns_failed: { status: 503, title: 'The DNS record could not be made now' },
  node_not_found: { status: 404, title: 'No such node' },
  slot_busy: { status: 409, title: 'The slot holds another session' },
  game_failed: { status: 502, title: 'The game did not start' },
  host_failed: { status: 502, title: 'The session could not be set up on its machine' },
  media_failed: { status: 502, title: 'Picture or sound could not be set up' },
  signal_protocol: { status: 400, title: 'The message is not valid here' },
  voice_forbidden: { status: 403, title: 'You may not speak here' },
  voice_refused: { status: 400, title: 'This is no microphone that can be heard here' },
  voice_flood: { status: 429, title: 'The microphone sent too much and was turned off' },
  voice_not_found: { status: 404, title: 'Nobody speaks by this id' },
  voices_full: { status: 409, title: 'Too many microphones are open already' },
  kicked: { status: 403, title: 'You were put out of this session' },
  replaced: { status: 409, title: 'Opened on another device' },
  // Lifecycles and contracts
  illegal_transition: { status: 409, title: 'Not possible in this state' },
  manifest_invalid: { status: 400, title: 'The game manifest is not valid' },
  config_invalid: { status: 500, title: 'The configuration is not valid' },
  secret_missing: { status: 500, title: 'A secret is missing' },
  secret_denied: { status: 500, title: 'A secret may not be read' },
  secret_invalid: { status: 400, title: 'This is no value for the secret' },
  secrets_unreachable: { status: 503, title: 'The secrets cannot be had right now' },
  cloud_refused: { status: 502, title: 'The cloud did not do what it was asked for' },
  metadata_unavailable: { status: 503, title: 'The machine cannot say what it is' },
  input_malformed: { status: 400, title: 'The input message is not valid' },
  input_flood: { status: 429, title: 'Far more input than a player makes' },
  // Operators' programs: deploy/
  deploy_refused: { status: 409, title: 'This cannot be deployed' },
  deploy_locked: { status: 409, title: 'Another deploy is under way' },
  deploy_failed: { status: 500, title: 'The deploy failed' },
  deploy_stopped: { status: 500, title: 'The deploy was interrupted' },
  smoke_test_failed: { status: 500, title: 'The new version does not work' },
  migration_unsafe: { status: 409, title: 'This migration would break the version that serves' },
  migration_failed: { status: 500, title: 'The database could not be migrated' },
  migrations_diverged: { status: 409, title: "The database's migrations are not this release's" },
  backup_invalid: { status: 400, title: 'This is no backup that can be restored here' },
  // One machine: local/
  setup_failed: { status: 500, title: 'The set-up did not finish' },
  service_failed: { status: 500, title: 'A service of the platform failed' },
  already_running: { status: 409, title: 'The platform runs already' },
  port_in_use: { status: 409, title: 'The port is in use' },
  unavailable: { status: 503, title: 'Not available right now' },
  internal: { status: 500, title: 'Something went wrong' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface NearcadeErrorOptions {
  cause?: unknown;
  /** Machine-readable particulars, e.g. the fields that were wrong. Goes out to the client: no secrets. */
  details?: Record<string, unknown>;
}

/** The one error family. `message` is for people and goes out to the client: one sentence, no secrets. */
export class NearcadeError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message?: string, options: NearcadeErrorOptions = {}) {
    super(message ?? ERROR_CODES[code].title, { cause: options.cause });
    this.name = 'NearcadeError';
    this.code = code;
    this.details = options.details;
  }

  /** HTTP status that this error answers with. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

export const errorCodeSchema = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);

/** Problem details, RFC 9457. `type` is `urn:nearcade:error:<code>`; `code` repeats the code alone. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: errorCodeSchema,
  instance: z.string().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Problem details of any error. What is not ours tells the client nothing but `internal`. */
export function toProblem(error: unknown, instance?: string): Problem {
  const known = error instanceof NearcadeError ? error : new NearcadeError('internal');
  return {
    type: `urn:nearcade:error:${known.code}`,
    title: ERROR_CODES[known.code].title,
    status: known.status,
    detail: known.message,
    code: known.code,
    ...(instance === undefined ? {} : { instance }),
    ...(known.details === undefined ? {} : { details: known.details }),
  };
}

/** The field messages of a zod error as one sentence: "seats: expected number; title: required". */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map(issue => (issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : issue.message))
    .join('; ');
}

/** One field that is wrong in a way that its schema does not know: `invalid_request`, with the field where `parseWith` has it. */
export function wrongField(path: string, message: string, cause?: unknown): NearcadeError {
  const details = { issues: [{ path, message }] };
  return new NearcadeError('invalid_request', path === '' ? message : `${path}: ${message}`, {
    details,
    cause,
  });
}

/** Parses what came from outside; throws `NearcadeError(code)` whose message names each wrong field. */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, code: ErrorCode = 'invalid_request'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new NearcadeError(code, describeIssues(result.error), {
    details: {
      issues: result.error.issues.map(issue => ({ path: issue.path.join('.'), message: issue.message })),
    },
  });
}
