import type { Attributes, BatchObservableResult, Observable } from '@opentelemetry/api';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { NodeFigures } from './figures.ts';

type Value = readonly [value: number, labels?: Attributes];

interface Figure {
  name: string;
  help: string;
  /** Counters only grow; Prometheus gets `_total` after their name. */
  kind: 'gauge' | 'counter';
  /** Every label has few values: a slot's number, a state, a quantile. Never an id, a name or an address. */
  values: (node: NodeFigures) => readonly Value[];
}

type SlotFigure = NodeFigures['slots'][number];

const gauge = (name: string, help: string, values: Figure['values']): Figure => ({
  name,
  help,
  kind: 'gauge',
  values,
});

const counter = (name: string, help: string, values: Figure['values']): Figure => ({
  name,
  help,
  kind: 'counter',
  values,
});

/** One value a slot; undefined: that slot has none now. */
const perSlot =
  (read: (slot: SlotFigure) => number | undefined) =>
  (node: NodeFigures): Value[] =>
    node.slots.flatMap(slot => {
      const value = read(slot);
      return value === undefined ? [] : [[value, { slot: slot.index }] as const];
    });

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

const SLOT_STATES = ['free', 'starting', 'playing', 'waiting', 'clearing'] as const;

/** What Prometheus is told, by name. Units are in the names: seconds, bytes, bits a second, cores, ratios from 0 to 1. */
export const FIGURES: readonly Figure[] = [
  gauge('nearcade_slots', 'Slots by what they do', node =>
    SLOT_STATES.map(state => [node.slots.filter(slot => slot.state === state).length, { state }]),
  ),
  gauge(
    'nearcade_session_viewers',
    'Players and spectators that are connected',
    perSlot(slot => slot.viewers),
  ),
  gauge(
    'nearcade_session_players',
    'Players that are connected',
    perSlot(slot => slot.players),
  ),
  gauge(
    'nearcade_session_frames_per_second',
    'Frames that were sent',
    perSlot(slot => slot.stream?.fps),
  ),
  gauge(
    'nearcade_session_grab_seconds',
    'Mean time to take what changed off the screen and convert it',
    perSlot(({ stream }) => seconds(stream && stream.grabMs + stream.convertMs)),
  ),
  gauge(
    'nearcade_session_encode_seconds',
    'Mean time to encode a frame',
    perSlot(slot => seconds(slot.stream?.encodeMs)),
  ),
  gauge('nearcade_session_damage_to_sent_seconds', 'From a change on the screen to its last packet', node =>
    node.slots.flatMap(({ index, stream }) =>
      stream === undefined
        ? []
        : [
            [stream.damageToSentMs.p50 / 1000, { slot: index, quantile: '0.5' }] as const,
            [stream.damageToSentMs.p95 / 1000, { slot: index, quantile: '0.95' }] as const,
          ],
    ),
  ),
  gauge(
    'nearcade_session_bitrate_bits_per_second',
    'Picture, with RTP headers',
    perSlot(slot => (slot.stream === undefined ? undefined : slot.stream.kbps * 1000)),
  ),
  gauge(
    'nearcade_session_loss_ratio',
    'Packets lost on the way to the player who loses most',
    perSlot(slot => slot.loss),
  ),
  gauge(
    'nearcade_slot_cpu_cores',
    'Cores that the processes of a slot take',
    perSlot(slot => slot.cpuCores),
  ),
  counter(
    'nearcade_input_refused',
    'Input messages that were malformed, too many or not allowed',
    perSlot(slot => slot.inputRefused),
  ),
  counter(
    'nearcade_stream_restarts',
    'Media helpers and rooms that were replaced while their slot went on',
    perSlot(slot => slot.restarts),
  ),
  gauge('nearcade_workers', 'mediasoup workers that run', node => [[node.workers.running]]),
  counter('nearcade_worker_restarts', 'mediasoup workers that died and were replaced', node => [
    [node.workers.restarts],
  ]),
  gauge('nearcade_cpu_busy_ratio', 'Of all cores, whoever uses them', node => [[node.cpu.busy]]),
  gauge('nearcade_cpu_free_cores', 'Cores that new sessions may still take', node => [[node.cpu.freeCores]]),
  gauge('nearcade_games_full', 'Games of which no further session fits', node => [[node.cpu.fullFor]]),
  counter('nearcade_sessions_refused', 'Hosts that were turned away for want of processors', node => [
    [node.cpu.refused],
  ]),
  gauge('nearcade_outbox_events', 'Events that wait for the edge', node => [[node.outbox]]),
  gauge('nearcade_edge_reachable', '1 while the edge answers', node => [[Number(node.edge.reachable)]]),
  gauge('nearcade_edge_silence_seconds', 'Since its last answer', node => [[node.edge.silentFor]]),
  gauge('nearcade_draining', '1 while the node takes no new session', node => [[Number(node.isDraining)]]),
  gauge(
    'nearcade_event_loop_delay_seconds',
    'Since the last look',
    ({ eventLoopDelay: { p50, p99, max } }) => [
      [p50, { quantile: '0.5' }],
      [p99, { quantile: '0.99' }],
      [max, { quantile: '1' }],
    ],
  ),
  gauge('nearcade_process_resident_bytes', 'Memory of the node itself', node => [[node.residentBytes]]),
  gauge('nearcade_process_open_files', 'Handles of the node itself', node => [[node.openFiles]]),
];

/** Has `provider` ask `gather` once for all figures whenever they are collected. */
export function observe(provider: MeterProvider, gather: () => NodeFigures): void {
  const meter = provider.getMeter('nearcade');
  const instruments = FIGURES.map(figure => {
    const options = { description: figure.help };
    const instrument: Observable =
      figure.kind === 'counter'
        ? meter.createObservableCounter(figure.name, options)
        : meter.createObservableGauge(figure.name, options);
    return { figure, instrument };
  });
  meter.addBatchObservableCallback(
    (result: BatchObservableResult) => {
      const node = gather();
      for (const { figure, instrument } of instruments) {
        for (const [value, labels] of figure.values(node)) result.observe(instrument, value, labels);
      }
    },
    instruments.map(({ instrument }) => instrument),
  );
}
