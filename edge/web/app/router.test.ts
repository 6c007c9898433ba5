import { describe, expect, it } from 'vitest';
import { pathOf, routeOf } from './router.ts';

const at = (path: string) => routeOf(new URL(path, 'http://nearcade.test'));
const token = 'AbC_-'.padEnd(43, 'x');
const id = '6f9619ff-8b86-4d01-b42d-00c04fc964ff';

describe('routes', () => {
  it.each([
    ['/', { page: 'library' }],
    ['/account', { page: 'account' }],
    ['/account/more', { page: 'unknown' }],
    [`/play/${id}`, { page: 'play', sessionId: id }],
    ['/join/AbC_-0123456789x', { page: 'join', invitation: 'AbC_-0123456789x', as: undefined }],
    ['/join/123456?as=spectator', { page: 'join', invitation: '123456', as: 'spectator' }],
    ['/join/123456?as=admin', { page: 'join', invitation: '123456', as: undefined }],
    ['/forgotten-password', { page: 'forgotten-password' }],
    [`/verify?token=${token}`, { page: 'verify', token }],
    [`/reset-password?token=${token}`, { page: 'reset-password', token }],
    ['/verify', { page: 'unknown' }],
    ['/verify?token=short', { page: 'unknown' }],
    ['/history', { page: 'history' }],
    ['/game/the-question', { page: 'game', slug: 'the-question' }],
    ['/game/The%20Question', { page: 'unknown' }],
    ['/game', { page: 'unknown' }],
    ['/clubs', { page: 'clubs' }],
    [`/clubs/${id}`, { page: 'club', clubId: id }],
    ['/clubs/12', { page: 'unknown' }],
    ['/invite/AbC_-0123456789xAbC_-0', { page: 'invite', token: 'AbC_-0123456789xAbC_-0' }],
    ['/invite/short', { page: 'unknown' }],
    ['/saves', { page: 'saves' }],
    ['/recordings', { page: 'recordings' }],
    ['/moment/AbC_-0123456789xAbC_-0', { page: 'moment', token: 'AbC_-0123456789xAbC_-0' }],
    ['/moment/short', { page: 'unknown' }],
    ['/wallet', { page: 'wallet' }],
    ['/admin', { page: 'admin', section: 'numbers', playerId: undefined }],
    ['/admin/nodes', { page: 'admin', section: 'nodes', playerId: undefined }],
    [`/admin/players/${id}`, { page: 'admin', section: 'players', playerId: id }],
    ['/admin/players/12', { page: 'unknown' }],
    [`/admin/nodes/${id}`, { page: 'unknown' }],
    ['/admin/nothing', { page: 'unknown' }],
    [`/wallet/test-payment/${id}`, { page: 'test-payment', checkoutId: id }],
    ['/wallet/test-payment', { page: 'unknown' }],
    ['/wallet/test-payment/12', { page: 'unknown' }],
    ['/play/', { page: 'unknown' }],
    ['/play/12', { page: 'unknown' }],
    [`/play/${id}/more`, { page: 'unknown' }],
    ['/join/a%20b', { page: 'unknown' }],
    ['/elsewhere', { page: 'unknown' }],
  ])('reads %s', (path, route) => {
    expect(at(path)).toEqual(route);
  });

  it.each([
    '/',
    '/account',
    '/forgotten-password',
    `/verify?token=${token}`,
    `/reset-password?token=${token}`,
    '/history',
    '/game/the-question',
    '/clubs',
    `/clubs/${id}`,
    '/invite/AbC_-0123456789xAbC_-0',
    '/wallet',
    `/wallet/test-payment/${id}`,
    `/play/${id}`,
    '/join/123456',
    '/join/123456?as=player',
  ])('writes %s back', path => {
    const route = at(path);
    if (route.page === 'unknown') throw new Error('not a route');
    expect(pathOf(route)).toBe(path);
  });
});
