import { beforeEach, describe, expect, it, vi } from 'vitest';
import { NearcadeError } from '#shared/errors.ts';
import { CachedSecrets, type SecretsClock } from './cached-secrets.ts';
import type { SecretSource } from './secrets.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Time that passes when it is told to; what is due runs then. */
class HandClock implements SecretsClock {
  #now = 0;
  readonly #due = new Set<{ at: number; action: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): () => void {
    const entry = { at: this.#now + ms, action };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  }

  get waiting(): number {
    return this.#due.size;
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.action();
      // What it began has ended before the next is due.
      await new Promise(resolve => setImmediate(resolve));
    }
    this.#now = end;
  }
}

let clock: HandClock;
let secrets: CachedSecrets;
const read = vi.fn<SecretSource['read']>();
const onTrouble = vi.fn<(error: NearcadeError, name: string) => void>();
const away = () => Promise.reject(new NearcadeError('secrets_unreachable', 'away'));

beforeEach(() => {
  read.mockReset().mockResolvedValue('one');
  onTrouble.mockReset();
  clock = new HandClock();
  secrets = new CachedSecrets({ source: { read }, clock, onTrouble });
});

describe('remembering', () => {
  it('asks once within a lifetime, and once for many who ask together', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => secrets.get('key')));
    expect(new Set(answers)).toEqual(new Set(['one']));
    await clock.pass(4 * MINUTE);
    await secrets.get('key');
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('keeps secrets apart', async () => {
    read.mockImplementation(name => Promise.resolve(`text of ${name}`));
    expect(await secrets.get('a')).toBe('text of a');
    expect(await secrets.get('b')).toBe('text of b');
  });

  it('many who could not get it are told by one question, and the next asks again', async () => {
    read.mockRejectedValueOnce(new NearcadeError('secret_missing', 'not there'));
    const refused = await Promise.allSettled(Array.from({ length: 5 }, () => secrets.get('key')));
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true);
    expect(read).toHaveBeenCalledTimes(1);
    expect(await secrets.get('key')).toBe('one');
  });
});

describe('refreshing without a restart', () => {
  it('looks again when the lifetime is over, and tells who holds it of a new text alone', async () => {
    const told = vi.fn();
    secrets.onChange('key', told);
    await secrets.get('key');
    await clock.pass(6 * MINUTE);
    expect(told).not.toHaveBeenCalled();
    read.mockResolvedValue('two');
    await clock.pass(6 * MINUTE);
    expect(told.mock.calls).toEqual([['two']]);
    expect(await secrets.get('key')).toBe('two');
  });

  it('fetches anew at once when what it gave was refused', async () => {
    await secrets.get('key');
    read.mockResolvedValue('two');
    expect(await secrets.refresh('key')).toBe('two');
    expect(await secrets.get('key')).toBe('two');
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('tells nobody who asked not to be told any more, and asks nothing when closed', async () => {
    const told = vi.fn();
    const end = secrets.onChange('key', told);
    await secrets.get('key');
    end();
    read.mockResolvedValue('two');
    await secrets.refresh('key');
    expect(told).not.toHaveBeenCalled();
    secrets.close();
    secrets.close();
    expect(clock.waiting).toBe(0);
  });
});

describe('while the source is away', () => {
  it('goes on with the last text, says so each time, and takes the new one when it is back', async () => {
    await secrets.get('key');
    read.mockImplementation(away);
    await clock.pass(HOUR);
    expect(await secrets.get('key')).toBe('one');
    expect(onTrouble).toHaveBeenCalledWith(expect.objectContaining({ code: 'secrets_unreachable' }), 'key');
    read.mockReset().mockResolvedValue('two');
    await clock.pass(MINUTE);
    expect(read).toHaveBeenCalledTimes(1);
    expect(await secrets.get('key')).toBe('two');
  });

  it('not for longer than twelve hours', async () => {
    await secrets.get('key');
    read.mockImplementation(away);
    await clock.pass(12 * HOUR - MINUTE);
    expect(await secrets.get('key')).toBe('one');
    await clock.pass(2 * MINUTE);
    await expect(secrets.get('key')).rejects.toMatchObject({ code: 'secrets_unreachable' });
  });

  it('has nothing to go on with at first', async () => {
    read.mockImplementation(away);
    await expect(secrets.get('key')).rejects.toMatchObject({ code: 'secrets_unreachable' });
  });
});

it.each(['secret_missing', 'secret_denied'] as const)('gives up a text on %s', async code => {
  await secrets.get('key');
  read.mockRejectedValue(new NearcadeError(code, 'taken back'));
  await expect(secrets.refresh('key')).rejects.toMatchObject({ code });
  await expect(secrets.get('key')).rejects.toMatchObject({ code });
});
