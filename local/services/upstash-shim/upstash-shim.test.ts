import { createHash } from 'node:crypto';
import { Redis } from '@upstash/redis/cloudflare';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServices, type TestServices } from '../../test/services.ts';

let services: TestServices;
let redis: Redis;

beforeAll(async () => {
  services = await startTestServices();
  redis = connect();
});
afterAll(() => services?.close());

function connect(options: { token?: string; responseEncoding?: false } = {}): Redis {
  return new Redis({
    url: services.data.upstash.url,
    token: services.secrets.upstashToken,
    enableTelemetry: false,
    ...options,
  });
}

describe('commands, by the Upstash driver', () => {
  it('carries values of every kind both ways', async () => {
    expect(await redis.set('text', 'Ünï "q" 🎮\n')).toBe('OK');
    expect(await redis.get('text')).toBe('Ünï "q" 🎮\n');
    expect(await redis.get('nothing')).toBeNull();
    expect(await redis.incrby('count', 41)).toBe(41);
    await redis.set('json', { a: [1, null, 'x'] });
    expect(await redis.get('json')).toEqual({ a: [1, null, 'x'] });
    await redis.hset('hash', { b: 'two', a: 1 });
    expect(await redis.hgetall('hash')).toEqual({ b: 'two', a: 1 });
    await redis.zadd('scores', { score: 1.5, member: 'low' }, { score: 2, member: 'high' });
    expect(await redis.zrange('scores', 0, -1, { withScores: true })).toEqual(['low', 1.5, 'high', 2]);
    expect(await redis.mget('text', 'nothing', 'count')).toEqual(['Ünï "q" 🎮\n', null, 41]);
    expect(await redis.eval("return {1, 'OK', {2, 'x'}, false}", [], [])).toEqual([1, 'OK', [2, 'x'], null]);
  });

  it('answers in plain strings when base64 is off', async () => {
    const plain = connect({ responseEncoding: false });
    await plain.set('plain', 'words');
    expect(await plain.get('plain')).toBe('words');
  });

  it('says what Redis said', async () => {
    await redis.set('word', 'abc');
    await expect(redis.incr('word')).rejects.toThrow('ERR value is not an integer');
    await expect(redis.lpush('word', 1)).rejects.toThrow('WRONGTYPE');
  });

  it('refuses a wrong token and commands that would change the shared connection', async () => {
    await expect(connect({ token: 'wrong' }).get('text')).rejects.toThrow('WRONGPASS');
    for (const command of [['SELECT', '1'], ['blpop', 'x', '0'], ['SHUTDOWN'], ['Config', 'GET', '*']]) {
      await expect(redis.exec(command as [string, ...string[]])).rejects.toThrow('not available');
    }
  });
});

describe('several commands at once', () => {
  it('a pipeline goes on after an error', async () => {
    await redis.set('word', 'abc');
    const results = await redis.pipeline().set('p', 'OK').incr('word').get('p').exec({ keepErrors: true });
    expect(results[0]).toMatchObject({ result: 'OK' });
    expect(results[1]?.error).toContain('ERR value is not an integer');
    expect(results[2]).toMatchObject({ result: 'OK' });
  });

  it('a transaction is not mixed with other requests', async () => {
    const transaction = () => {
      const multi = redis.multi();
      for (let i = 0; i < 20; i++) multi.incr('mixed');
      return multi.exec<number[]>();
    };
    const plain = () => redis.incr('mixed');
    const results = await Promise.all([transaction(), plain(), transaction(), plain(), transaction()]);
    for (const result of results) {
      if (!Array.isArray(result)) continue;
      const first = result[0] ?? 0;
      expect(result).toEqual(Array.from({ length: 20 }, (_, i) => first + i));
    }
  });

  it('a transaction that holds a wrong command does nothing', async () => {
    await redis.del('untouched');
    const multi = redis.multi().set('untouched', 1);
    const wrong = multi as unknown as { get(): typeof multi };
    await expect(wrong.get().exec()).rejects.toThrow('wrong number of arguments');
    expect(await redis.get('untouched')).toBeNull();
    expect(await redis.incr('mixed')).toBeGreaterThan(0);
  });
});

describe("Upstash's script flag", () => {
  const script = '#!lua flags=allow-key-locking\nreturn ARGV[1]';

  it('is taken out, and the script known again by its SHA-1', async () => {
    const sha1 = createHash('sha1').update(script).digest('hex');
    await expect(redis.evalsha(sha1, [], ['a'])).rejects.toThrow('NOSCRIPT');
    expect(await redis.eval(script, [], ['b'])).toBe('b');
    expect(await redis.evalsha(sha1, [], ['c'])).toBe('c');
  });
});

describe('subscriptions', () => {
  it('stream what is published to a channel and to a pattern', async () => {
    const got: unknown[] = [];
    const channel = redis.subscribe<string>(['news']);
    const pattern = redis.psubscribe<string>(['ne*']);
    const ready = [channel, pattern].map(
      (subscriber, index) =>
        new Promise(resolve => subscriber.on(index === 0 ? 'subscribe' : 'psubscribe', resolve)),
    );
    await Promise.all(ready);
    const both = Promise.all([
      new Promise(resolve => channel.on('message', event => resolve(got.push(['channel', event.message])))),
      new Promise(resolve => pattern.on('pmessage', event => resolve(got.push(['pattern', event.message])))),
    ]);
    expect(await redis.publish('news', { hello: 'a,b' })).toBe(2);
    await both;
    expect(got).toContainEqual(['channel', { hello: 'a,b' }]);
    expect(got).toContainEqual(['pattern', { hello: 'a,b' }]);
    await channel.unsubscribe();
    await pattern.unsubscribe();
  });
});
