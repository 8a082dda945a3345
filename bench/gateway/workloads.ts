import type { Outcome, Work } from './load.ts';

/** The workloads. Bodies of 1 KiB are typical of an agent's tool calls; 100 MB is a package or an image. */

export interface Workload extends Work {
  readonly name: string;
  readonly unit: string;
  /**
   * Computes the figure from the outcome and from the direct route's outcome in the same round. A higher figure is
   * better unless `isTime`.
   */
  readonly figure: (outcome: Outcome, direct: Outcome) => number;
  readonly isTime?: true;
  /** Bulk bodies, which no agent sends through inspection; `bench dlp` measures the bodies that agents do send. */
  readonly isBulk?: true;
}

type Shape = Pick<Work, 'protocol' | 'direction'>;

const small = (protocol: 'h1' | 'h2', requests = 4_000): Workload => ({
  name: `small requests, ${protocol}`,
  unit: '1/s',
  protocol,
  direction: 'down',
  concurrency: 32,
  requests,
  bytes: 1_024,
  figure: ({ seconds }) => requests / seconds,
});

const added = (protocol: 'h1' | 'h2'): Workload => ({
  name: `added to the p99, ${protocol}`,
  unit: 'ms',
  protocol,
  direction: 'down',
  concurrency: 4,
  requests: 4_000,
  bytes: 1_024,
  figure: ({ p99Ms }, direct) => p99Ms - direct.p99Ms,
  isTime: true,
});

const bulk = ({ protocol, direction }: Shape): Workload => ({
  name: `100 MB ${direction}, ${protocol}`,
  unit: 'MB/s',
  protocol,
  direction,
  concurrency: 1,
  requests: 3,
  bytes: 100e6,
  figure: ({ seconds }) => 300 / seconds,
  isBulk: true,
});

export const WORKLOADS: readonly Workload[] = [
  small('h1'),
  small('h2', 8_000),
  added('h1'),
  added('h2'),
  {
    ...small('h1', 32),
    name: 'opening a connection',
    unit: 'ms',
    figure: ({ openMs }, direct) => openMs - direct.openMs,
    isTime: true,
  },
  bulk({ protocol: 'h1', direction: 'down' }),
  bulk({ protocol: 'h1', direction: 'up' }),
  bulk({ protocol: 'h2', direction: 'down' }),
  bulk({ protocol: 'h2', direction: 'up' }),
];
