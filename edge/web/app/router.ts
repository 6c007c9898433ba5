import { type ReadonlySignal, signal } from '@preact/signals';
import type { Role } from '#shared/ticket.ts';

/** The pages of the operators' console. */
export const ADMIN_SECTIONS = [
  'numbers',
  'players',
  'sessions',
  'nodes',
  'backlog',
  'platform',
  'audit',
] as const;
export type AdminSection = (typeof ADMIN_SECTIONS)[number];

export type Route =
  | { page: 'library' }
  | { page: 'account' }
  | { page: 'play'; sessionId: string }
  /** `as` is set when the link says what its reader comes as. */
  | { page: 'join'; invitation: string; as: Role | undefined }
  | { page: 'game'; slug: string }
  /** What the player has played. */
  | { page: 'history' }
  | { page: 'clubs' }
  | { page: 'club'; clubId: string }
  /** An invite link: into a session, a party or a club. */
  | { page: 'invite'; token: string }
  /** Saved games. */
  | { page: 'saves' }
  | { page: 'recordings' }
  /** A shared moment to start from. */
  | { page: 'moment'; token: string }
  | { page: 'wallet' }
  /** The stand-in for a payment provider's page. */
  | { page: 'test-payment'; checkoutId: string }
  | { page: 'forgotten-password' }
  /** Where mailed links lead (edge/accounts/links.ts). */
  | { page: 'verify' | 'reset-password'; token: string }
  /** `playerId`: of the player who is looked at. */
  | { page: 'admin'; section: AdminSection; playerId: string | undefined }
  | { page: 'unknown' };

const TOKEN = /^[\w-]{43}$/;
const SLUG = /^[a-z0-9-]{1,64}$/;
const UUID = /^[0-9a-f-]{36}$/i;

/** The page of an address. Pure; `pathOf` is its inverse. */
export function routeOf(url: URL): Route {
  const [first, second, ...rest] = url.pathname.split('/').filter(part => part !== '');
  if (first === undefined) return { page: 'library' };
  if (first === 'account' && second === undefined) return { page: 'account' };
  if (first === 'forgotten-password' && second === undefined) return { page: 'forgotten-password' };
  if ((first === 'verify' || first === 'reset-password') && second === undefined) {
    const token = url.searchParams.get('token') ?? '';
    if (TOKEN.test(token)) return { page: first, token };
  }
  if (first === 'history' && second === undefined) return { page: 'history' };
  if (first === 'admin') return adminRouteOf(second, rest);
  if (first === 'clubs' && second === undefined) return { page: 'clubs' };
  if (first === 'saves' && second === undefined) return { page: 'saves' };
  if (first === 'recordings' && second === undefined) return { page: 'recordings' };
  if (first === 'wallet' && second === undefined) return { page: 'wallet' };
  if (first === 'wallet' && second === 'test-payment' && rest.length === 1 && UUID.test(rest[0] ?? '')) {
    return { page: 'test-payment', checkoutId: rest[0] ?? '' };
  }
  if (second !== undefined && rest.length === 0) {
    if (first === 'play' && UUID.test(second)) return { page: 'play', sessionId: second };
    if (first === 'game' && SLUG.test(second)) return { page: 'game', slug: second };
    if (first === 'clubs' && UUID.test(second)) return { page: 'club', clubId: second };
    if (first === 'invite' && /^[A-Za-z0-9_-]{22}$/.test(second)) return { page: 'invite', token: second };
    if (first === 'moment' && /^[A-Za-z0-9_-]{22}$/.test(second)) return { page: 'moment', token: second };
    if (first === 'join' && /^[A-Za-z0-9_-]{6,64}$/.test(second)) {
      return { page: 'join', invitation: second, as: roleOf(url.searchParams.get('as')) };
    }
  }
  return { page: 'unknown' };
}

export function pathOf(route: Exclude<Route, { page: 'unknown' }>): string {
  switch (route.page) {
    case 'library':
      return '/';
    case 'account':
      return '/account';
    case 'play':
      return `/play/${route.sessionId}`;
    case 'join':
      return `/join/${route.invitation}${route.as === undefined ? '' : `?as=${route.as}`}`;
    case 'forgotten-password':
      return '/forgotten-password';
    case 'verify':
    case 'reset-password':
      return `/${route.page}?token=${route.token}`;
    case 'game':
      return `/game/${route.slug}`;
    case 'history':
    case 'saves':
    case 'recordings':
    case 'clubs':
      return `/${route.page}`;
    case 'club':
      return `/clubs/${route.clubId}`;
    case 'invite':
    case 'moment':
      return `/${route.page}/${route.token}`;
    case 'admin': {
      if (route.playerId !== undefined) return `/admin/${route.section}/${route.playerId}`;
      return route.section === 'numbers' ? '/admin' : `/admin/${route.section}`;
    }
    case 'wallet':
      return '/wallet';
    case 'test-payment':
      return `/wallet/test-payment/${route.checkoutId}`;
  }
}

function adminRouteOf(name: string | undefined, rest: readonly string[]): Route {
  const section = ADMIN_SECTIONS.find(known => known === (name ?? 'numbers'));
  const [playerId, ...more] = rest;
  const isPlayer = section === 'players' && playerId !== undefined && UUID.test(playerId);
  if (section === undefined || more.length > 0 || (playerId !== undefined && !isPlayer)) {
    return { page: 'unknown' };
  }
  return { page: 'admin', section, playerId };
}

function roleOf(value: string | null): Role | undefined {
  return value === 'player' || value === 'spectator' ? value : undefined;
}

/** The current route, kept in step with the address bar (History API). */
export class Router {
  readonly #window: Window;
  readonly #route;

  constructor(window: Window) {
    this.#window = window;
    this.#route = signal(routeOf(new URL(window.location.href)));
    window.addEventListener('popstate', this.#follow);
  }

  get route(): ReadonlySignal<Route> {
    return this.#route;
  }

  /** `replace` leaves no entry behind to come back to. */
  go(route: Exclude<Route, { page: 'unknown' }>, replace = false): void {
    const path = pathOf(route);
    if (replace) this.#window.history.replaceState(null, '', path);
    else this.#window.history.pushState(null, '', path);
    this.#follow();
    this.#window.scrollTo(0, 0);
  }

  close(): void {
    this.#window.removeEventListener('popstate', this.#follow);
  }

  readonly #follow = () => {
    this.#route.value = routeOf(new URL(this.#window.location.href));
  };
}
