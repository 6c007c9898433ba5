/** Clubs that a player may own: enough for anybody who runs some, few enough that numbers and names aren't hoarded. */
export const MAX_CLUBS_OWNED = 5;

/** Clubs that a player may be in: each of their changes is told to them, and their list stays a page. */
export const MAX_CLUBS_JOINED = 50;

/** Applications of one player that wait for an answer. */
export const MAX_APPLICATIONS = 20;

/** Invitations of one club that wait for an answer: more are not meant for anybody in particular. */
export const MAX_INVITATIONS = 200;

/** Seconds after which who was declined may apply again, so that officers are not worn down. */
export const REAPPLY_AFTER_S = 24 * 3600;
