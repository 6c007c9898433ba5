import { expect, it } from 'vitest';
import { CloudflareZone } from './cloudflare-zone.ts';

const record = (name: string, comment: string | null) => ({
  id: name,
  name,
  type: 'A',
  content: '52.1.2.3',
  ttl: 60,
  proxied: false,
  comment,
});
const OURS = 'Nearcade node of play.example.org';

function zoneThatLists(pages: ReadonlyArray<ReadonlyArray<object>>, asked: string[] = []) {
  return new CloudflareZone({
    api: 'https://api.example.org/client/v4/',
    token: 'a token',
    zoneId: 'a'.repeat(32),
    domain: 'nodes.example.org',
    platform: 'play.example.org',
    fetcher: async input => {
      asked.push(String(input));
      const page = Number(new URL(String(input)).searchParams.get('page'));
      return Response.json({ success: true, errors: [], result: pages[page - 1] ?? [] });
    },
  });
}

const signal = AbortSignal.timeout(60_000);

it('goes by its own look at what was listed: a filter that was not understood costs nobody a record', async () => {
  const listed = [
    record('a.nodes.example.org', OURS),
    record('b.nodes.example.org', OURS),
    record('a.nodes.example.org', null),
    record('shop.example.org', 'The shop'),
  ];
  const zone = zoneThatLists([listed]);
  const names = (found: ReadonlyArray<{ name: string; isOurs: boolean }>) =>
    found.map(({ name, isOurs }) => `${name} ${isOurs}`);
  expect(names(await zone.recordsAt('a.nodes.example.org', signal))).toEqual([
    'a.nodes.example.org true',
    'a.nodes.example.org false',
  ]);
  expect(names(await zone.ownRecords(signal))).toEqual([
    'a.nodes.example.org true',
    'b.nodes.example.org true',
  ]);
});

it('reads every page', async () => {
  const page = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => record(`n${from + index}.nodes.example.org`, OURS));
  const asked: string[] = [];
  const zone = zoneThatLists([page(0, 1000), page(1000, 1000), page(2000, 3)], asked);
  expect(new Set((await zone.ownRecords(signal)).map(({ name }) => name)).size).toBe(2003);
  expect(asked).toHaveLength(3);
  expect(asked[0]).toContain(`/client/v4/zones/${'a'.repeat(32)}/dns_records?comment.exact=`);
});
