import { frame } from '../../../../hostile/http2.ts';
import {
  SETTINGS,
  STREAM,
  T,
  UNKNOWN,
  WINDOW,
  asks,
  before,
  ends,
  from,
  number32,
  posts,
  times,
  type Line,
} from './build.ts';

/** Frames that cost a client little, and a server much. */

/** Each frame is harmless by itself; the control has few of them. */
const SHORT_FLOODS: readonly Line[] = (
  [
    ['pings', 'CVE-2019-9512', () => frame(T.ping, 0, { payload: '12345678' })],
    ['settings', 'CVE-2019-9515', () => SETTINGS],
    ['priorities', 'CVE-2019-9513', () => frame(T.priority, 0, { stream: 1, payload: '\0\0\0\0\x10' })],
    ['room', 'CVE-2019-9511', () => frame(WINDOW, 0, { payload: number32(1) })],
    ['frames that nobody knows', 'RFC 9113, 5.5', () => frame(UNKNOWN, 0, {})],
  ] as const
).map(([name, source, one]) => [
  `a flood of ${name}`,
  source,
  'goaway 11',
  before(times(3_000, one)),
  before(times(20, one)),
]);

export const FLOODS: readonly Line[] = [
  ...SHORT_FLOODS,
  [
    'a flood of empty content',
    'CVE-2019-9518',
    'goaway 11',
    from(posts, times(3_000, frame(T.data, 0, { stream: STREAM })), ends()),
    from(posts, times(20, frame(T.data, 0, { stream: STREAM })), ends()),
  ],
  [
    'requests that are taken back',
    'CVE-2023-44487',
    'goaway 11',
    (path) =>
      from(
        times(2_000, (index) => takenBack(path, 2 * index + 9)),
        asks(path, 8_001),
      )(path),
    (path) =>
      from(
        times(20, (index) => takenBack('/left', 2 * index + 9)),
        asks(path, 8_001),
      )(path),
  ],
  [
    'requests that are none',
    'CVE-2019-9514',
    'goaway 11',
    (path) =>
      from(
        times(2_000, (index) => asks('', 2 * index + 9)),
        asks(path, 8_001),
      )(path),
    (path) =>
      from(
        times(20, (index) => asks('', 2 * index + 9)),
        asks(path, 8_001),
      )(path),
  ],
];

function takenBack(path: string, stream: number): string {
  return asks(path, stream) + frame(T.reset, 0, { stream, payload: number32(8) });
}
