import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { adminNumbersApi } from '#shared/api/admin-numbers.ts';
import type { CallOutput } from '#shared/api/endpoint.ts';
import type { ApiClient } from '../api/client.ts';
import { useServices } from '../ui/services-context.ts';
import { useAction } from '../ui/use-action.ts';
import { describeError } from '../ui/words.ts';
import { LineChart } from './line-chart.tsx';

type Api = typeof adminNumbersApi;
type Numbers = { [K in keyof Api]: CallOutput<Api[K]> };

async function read(api: ApiClient): Promise<Numbers> {
  const [now, registrations, active, online, retention, spent, failures, waits] = await Promise.all([
    api.call(adminNumbersApi.now, {}),
    api.call(adminNumbersApi.registrations, {}),
    api.call(adminNumbersApi.active, {}),
    api.call(adminNumbersApi.online, {}),
    api.call(adminNumbersApi.retention, {}),
    api.call(adminNumbersApi.spent, {}),
    api.call(adminNumbersApi.failures, {}),
    api.call(adminNumbersApi.waits, {}),
  ]);
  return { now, registrations, active, online, retention, spent, failures, waits };
}

export function NumbersSection(): JSX.Element {
  const { api } = useServices();
  const numbers = useSignal<Numbers | null>(null);
  const load = useAction(async () => {
    numbers.value = await read(api);
  });
  useEffect(() => load.run(), []);
  return (
    <>
      <p class="form-error" role="alert">
        {load.error ? describeError(load.error) : ''}
      </p>
      <div class="row">
        <button type="button" class="button button-small" disabled={load.busy} onClick={() => load.run()}>
          {load.busy ? 'Reading…' : 'Read again'}
        </button>
      </div>
      {numbers.value && <Shown numbers={numbers.value} />}
    </>
  );
}

function Shown({ numbers }: { numbers: Numbers }): JSX.Element {
  const { now, registrations, active, online, retention, spent, failures, waits } = numbers;
  const inState = (waiting: boolean) =>
    sum(now.sessions.filter(({ state }) => (state === 'queued') === waiting).map(({ sessions }) => sessions));
  const pointsOf = <T extends { at: string }>(points: readonly T[], value: (point: T) => number | null) =>
    points.map(point => ({ at: point.at, value: value(point) }));
  return (
    <>
      <dl class="admin-tiles">
        <Tile
          name="Players online"
          value={sum(now.online.map(({ players }) => players))}
          testId="tile-online"
        />
        <Tile name="Sessions" value={inState(false)} testId="tile-sessions" />
        <Tile name="Sessions waiting" value={inState(true)} testId="tile-waiting" />
        <Tile name="Active today" value={active.points.at(-1)?.players ?? 0} testId="tile-active" />
        <Tile
          name="Registered today"
          value={registrations.points.at(-1)?.accounts ?? 0}
          testId="tile-registered"
        />
        <Tile name="Mails given up" value={now.unsentMails.givenUp} testId="tile-mails" />
      </dl>
      <div class="admin-charts">
        <LineChart
          title="Players online, the last day"
          points={pointsOf(online.points, ({ peak }) => peak)}
        />
        <LineChart title="Active players a day" points={pointsOf(active.points, ({ players }) => players)} />
        <LineChart
          title="Registrations a day"
          points={pointsOf(registrations.points, ({ accounts }) => accounts)}
        />
        <LineChart title="Credits spent a day" points={pointsOf(spent.points, ({ credits }) => credits)} />
        <LineChart title="Sessions a day" points={pointsOf(failures.points, ({ sessions }) => sessions)} />
        <LineChart title="Failed sessions a day" points={pointsOf(failures.points, ({ failed }) => failed)} />
      </div>
      <Rows
        title="Failures"
        heads={['Reason', 'Region', 'Game', 'Sessions']}
        rows={failures.reasons.map(row => [row.reason, row.region ?? '–', row.game, row.sessions])}
      />
      <Rows
        title="Waiting for a slot"
        heads={['Region', 'Game', 'Sessions', 'Queued', 'Gave up', 'Half within', '95 of 100 within']}
        rows={waits.rows.map(row => [
          row.region ?? '–',
          row.game,
          row.sessions,
          row.queued,
          row.left,
          seconds(row.p50),
          seconds(row.p95),
        ])}
      />
      <Rows
        title="Came back"
        heads={['Registered on', 'Players', 'After 1 day', '7 days', '30 days']}
        rows={retention.cohorts.map(({ day, size, d1, d7, d30 }) => [
          day,
          size,
          share(d1, size),
          share(d7, size),
          share(d30, size),
        ])}
      />
    </>
  );
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const seconds = (value: number | null) => (value === null ? '–' : `${Math.round(value)} s`);
const share = (part: number | null, size: number) =>
  part === null ? '–' : `${Math.round((100 * part) / Math.max(1, size))} %`;

function Tile({ name, value, testId }: { name: string; value: number; testId: string }): JSX.Element {
  return (
    <div class="panel wallet-sum">
      <dt class="muted">{name}</dt>
      <dd data-testid={testId}>{new Intl.NumberFormat().format(value)}</dd>
    </div>
  );
}

function Rows({
  title,
  heads,
  rows,
}: {
  title: string;
  heads: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}): JSX.Element {
  return (
    <section class="admin-table-frame">
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p class="muted">Nothing in the last 30 days.</p>
      ) : (
        <table class="admin-table">
          <thead>
            <tr>
              {heads.map(head => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <tr key={row.join('|')}>
                {row.map((cell, index) => (
                  <td key={heads[index]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
