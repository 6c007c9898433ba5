import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Notice, Notices } from './notices.ts';

const notice = (key: string, more: Partial<Notice> = {}): Notice => ({
  key,
  level: 'info',
  text: key,
  lasting: false,
  ...more,
});

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('notices', () => {
  const keys = (notices: Notices) => notices.shown.value.map(({ key }) => key);

  it('go after a while, unless they last', () => {
    const notices = new Notices();
    notices.show(notice('passing'));
    notices.show(notice('lasting', { lasting: true }));
    vi.advanceTimersByTime(60_000);
    expect(keys(notices)).toEqual(['lasting']);
    notices.dismiss('lasting');
    expect(keys(notices)).toEqual([]);
  });

  it('take the place of those with the same key, and their time', () => {
    const notices = new Notices();
    notices.show(notice('maintenance'));
    vi.advanceTimersByTime(11_000);
    notices.show(notice('maintenance', { text: 'soon' }));
    vi.advanceTimersByTime(11_000);
    expect(notices.shown.value).toEqual([notice('maintenance', { text: 'soon' })]);
  });

  it('are a few: the oldest makes room', () => {
    const notices = new Notices();
    for (const key of ['a', 'b', 'c', 'd', 'e']) notices.show(notice(key, { lasting: true }));
    expect(keys(notices)).toEqual(['b', 'c', 'd', 'e']);
  });
});
