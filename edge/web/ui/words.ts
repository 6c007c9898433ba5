import type { Price } from '#shared/api/catalog.ts';
import type { Queued } from '#shared/api/play.ts';
import { DEFAULT_SAVE_SLOT } from '#shared/api/saves.ts';
import type { ErrorCode, NearcadeError } from '#shared/errors.ts';

/** Errors in the player's words; what is not here is said as the platform said it. */
const ERRORS: Partial<Record<ErrorCode, string>> = {
  credentials_wrong: 'That e-mail address and password do not belong together.',
  email_taken: 'There is an account with this e-mail address already. Sign in instead?',
  link_invalid: 'This link has been used or has expired. Ask for a new one.',
  proof_needed: 'Show first that it is you.',
  passkey_challenge_invalid: 'That took too long. Try again.',
  passkey_invalid: 'That did not work: no passkey was used, or it is not known here.',
  passkey_cloned: 'This passkey may have been copied. Sign in another way and replace it.',
  passkey_exists: 'This device has a passkey for an account here already.',
  passkeys_full: 'No more passkeys fit. Remove one first.',
  last_sign_in_method: 'This is your last way to sign in. Set a password or add another way first.',
  oidc_state_invalid: 'That sign-in was begun elsewhere or too long ago. Try again.',
  oidc_refused: 'The sign-in was cancelled.',
  oidc_failed: 'The sign-in service could not be used. Try again, or sign in another way.',
  oidc_email_unverified:
    'There is an account with your e-mail address. Verify the address at the sign-in service, or sign in another way and link it.',
  oidc_email_in_use:
    'There is an account with your e-mail address. Sign in to it another way, then link the sign-in service.',
  identity_taken: 'You have another account with this sign-in service, or this account is linked already.',
  rate_limited: 'That was too often. Wait a moment and try again.',
  unavailable: 'Nearcade cannot be reached right now. Check your connection and try again.',
  internal: 'Something went wrong on our side. Try again.',
  unauthenticated: 'You are signed out. Sign in again.',
  refresh_reused: 'For safety you were signed out. Sign in again.',
  no_capacity: 'Every machine is busy. Try again in a minute.',
  already_in_session: 'You have a game running already. Continue it, or quit it first.',
  seats_taken: 'Every seat is taken. You can watch instead.',
  seat_needs_host: 'The host gives out the seats here. Come in to watch and ask for one.',
  seat_claim_over: 'They don’t ask for a seat any more.',
  host_pays: 'You pay for this session, so you stay its host.',
  seat_offer_over: 'This seat is no longer offered.',
  spectators_full: 'No more spectators fit into this room.',
  session_not_found: 'There is no such room. Check the number or the link.',
  session_over: 'This session is over.',
  game_not_found: 'This game is no longer in the library.',
  credits_short: 'You do not have enough credits for this.',
  price_changed: 'This costs something else by now. Look again before you start it.',
  payments_off: 'Credits are not sold here.',
  player_not_found: 'Nobody is known by this. Check the code.',
  party_not_found: 'There is no such party. Check the code.',
  party_full: 'This party is full.',
  already_in_party: 'You are in a party already. Leave it first.',
  party_not_ready: 'Not everybody is ready any more. Ask again.',
  ready_check_over: 'That was over already.',
  invite_not_found: 'This invitation is no longer open.',
  club_not_found: 'There is no such club any more.',
  club_full: 'Every place in this club is taken.',
  club_table_not_found: 'This table is no longer there.',
  club_table_number_taken: 'There is a table of this number already.',
  club_owner_required: 'Hand the club over to somebody, or disband it.',
  room_closed: 'This room takes nobody else in.',
  room_barred: 'The host has put you out of this room.',
  room_vote_running: 'A vote is open already.',
  room_vote_too_soon: 'The last vote was rejected a moment ago. Try again in a while.',
  room_vote_over: 'This vote is over.',
  invite_invalid: 'This link is not good any more. Ask for a new one.',
  invite_used_up: 'As many players as this link was for have come by it.',
  saves_full: 'There is no more room for your saves. Delete some first.',
  save_slots_full: 'Every slot of this game is taken. Delete a save first.',
  save_too_large: 'What the game saves is too large to be kept.',
  save_unsteady: 'The game is writing just now. Try again in a moment.',
  save_nothing: 'The game has saved nothing yet. Save in the game first.',
  saves_off: 'This game keeps no saves.',
  save_not_found: 'This save is gone.',
  save_share_invalid: 'This link is not good any more. Ask for a new one.',
  save_share_used_up: 'As many players as this link was for have begun with it.',
  save_shares_full: 'You share many moments already. End one first.',
  game_failed: 'The game did not start.',
  host_failed: 'The game could not be set up on its machine.',
  media_failed: 'Picture or sound could not be set up.',
  node_draining: 'This machine is going out of service.',
  kicked: 'You were put out of this session.',
  replaced: 'This game goes on in another tab or on another device of yours.',
  signal_protocol: 'This page and the game machine do not understand each other. Reload the page.',
};

/** Of who is signed in and was asked for their password. */
export function describeProofError(error: NearcadeError): string {
  return error.code === 'credentials_wrong' ? 'This is not your password.' : describeError(error);
}

export function describeError(error: NearcadeError): string {
  return ERRORS[error.code] ?? sentence(error.message);
}

/** A moment as its day, in the reader's language. */
export function sayDay(moment: string): string {
  return new Date(moment).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function sayMoment(moment: string): string {
  return MOMENT.format(new Date(moment));
}

/** The name of a slot of saves. */
export function saySlot(slot: string): string {
  if (slot === DEFAULT_SAVE_SLOT) return 'Kept by itself';
  const words = slot.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** Bytes as people read them. */
export function sayBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Why a game is not being saved, while it is played. */
export function describeSaveProblem(code: ErrorCode): string {
  return `Your game is not being saved: ${describeCode(code)}`;
}

/** How long something took, to the minute. */
export function saySpan(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return '< 1 min';
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function describeCode(code: ErrorCode): string {
  return ERRORS[code] ?? 'Something went wrong.';
}

export type QueuePlace = Pick<Queued, 'position' | 'waitSeconds' | 'paused'>;

/** A place in the queue and how long it may take. */
export function describeQueue({ position, waitSeconds, paused }: QueuePlace): string {
  const place = position === 1 ? 'You are next' : `You are number ${position} in line`;
  if (paused)
    return `${place}. The line stands still during maintenance; your place is kept while this page is open`;
  if (waitSeconds === null) return place;
  const minutes = Math.round(waitSeconds / 60);
  if (minutes < 1) return `${place}, less than a minute to go`;
  return `${place}, about ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} to go`;
}

/** What a game costs whoever starts it. */
export function describePrice({ credits, per }: Price): string {
  if (credits === 0) return 'Free';
  const amount = describeCredits(credits);
  return per === 'minute' ? `${amount} a minute` : amount;
}

export function describeCredits(credits: number): string {
  return credits === 1 ? '1 credit' : `${credits.toLocaleString()} credits`;
}

/** `amount` in the currency's smallest unit. */
export function describeMoney(amount: number, currency: string): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
