import { describe, expect, it } from 'vitest';
import { encodeInput } from '#shared/input.ts';
import { encodeRepeat } from '#shared/input-repeats.ts';
import { RepeatedKeys } from './repeated-keys.ts';

const key = (code: number) => encodeInput({ kind: 'key', code, down: true });
const codes = (messages: Uint8Array[]) => messages.map(message => message[2]);

describe('keys with copies', () => {
  it('hands on each message once, whichever way it comes first', () => {
    const keys = new RepeatedKeys();
    expect(codes(keys.take(key(1)))).toEqual([1]);
    expect(keys.takeCopy(encodeRepeat(0, key(1)))).toEqual([]);
    expect(codes(keys.takeCopy(encodeRepeat(1, key(2))))).toEqual([2]);
    expect(keys.take(key(2))).toEqual([]);
    expect(codes(keys.take(key(3)))).toEqual([3]);
  });

  it('keeps the order when both the message and its copy are late', () => {
    const keys = new RepeatedKeys();
    expect(keys.takeCopy(encodeRepeat(2, key(3)))).toEqual([]);
    expect(keys.takeCopy(encodeRepeat(1, key(2)))).toEqual([]);
    expect(codes(keys.take(key(1)))).toEqual([1, 2, 3]);
    expect(keys.take(key(2))).toEqual([]);
    expect(keys.take(key(3))).toEqual([]);
    expect(codes(keys.take(key(4)))).toEqual([4]);
  });

  it('goes on over the end of the numbers, and without copies', () => {
    const keys = new RepeatedKeys();
    for (let i = 0; i < 65_540; i++) keys.take(key(1));
    expect(codes(keys.takeCopy(encodeRepeat(65_540, key(9))))).toEqual([9]);
    expect(keys.take(key(9))).toEqual([]);
  });

  it('goes by the reliable channel alone once something was missed there', () => {
    const keys = new RepeatedKeys();
    keys.take(key(1));
    keys.takeCopy(encodeRepeat(2, key(3)));
    keys.ignoreCopies();
    expect(codes(keys.take(key(7)))).toEqual([7]);
    expect(keys.takeCopy(encodeRepeat(2, key(8)))).toEqual([]);
    expect(codes(keys.take(key(8)))).toEqual([8]);
  });

  it('keeps a bounded number of messages that are ahead, and refuses what is no copy', () => {
    const keys = new RepeatedKeys();
    for (let i = 1; i < 2000; i++) keys.takeCopy(encodeRepeat(i, key(i & 0xff)));
    expect(keys.take(key(0)).length).toBeLessThan(40);
    for (const size of [0, 1, 2, 100]) {
      expect(() => keys.takeCopy(new Uint8Array(size))).toThrow('a copy of');
    }
  });
});
