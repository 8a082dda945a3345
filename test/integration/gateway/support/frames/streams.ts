import { fields, frame } from '../../../../hostile/http2.ts';
import {
  END,
  END_HEADERS,
  STREAM,
  T,
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

/** Streams, and the frames that each state allows (RFC 9113, 5.1). */

export const STREAMS: readonly Line[] = [
  [
    'room for a stream that is idle',
    'RFC 9113, 5.1',
    'goaway 1',
    before(frame(WINDOW, 0, { stream: 9, payload: number32(1) })),
    from(asks, frame(WINDOW, 0, { stream: STREAM, payload: number32(1) })),
  ],
  [
    'a reset of a stream that is idle',
    'RFC 9113, 5.1',
    'goaway 1',
    before(frame(T.reset, 0, { stream: 9, payload: number32(8) })),
    from(posts('/left', 1), frame(T.reset, 0, { stream: 1, payload: number32(8) }), asks),
  ],
  [
    'a reset of three bytes',
    'RFC 9113, 6.4',
    'goaway 6',
    from(posts('/left', 1), frame(T.reset, 0, { stream: 1, payload: '\0\0\x08' }), asks),
    from(posts('/left', 1), frame(T.reset, 0, { stream: 1, payload: number32(8) }), asks),
  ],
  ['content of no stream', 'RFC 9113, 6.1', 'goaway 1', before(ends(0, 'x')), from(posts, ends(STREAM, 'x'))],
  [
    'content of a stream that is idle',
    'RFC 9113, 5.1',
    'goaway 1',
    before(ends(9, 'x')),
    from(posts, ends()),
  ],
  [
    'content of a stream that is over',
    'RFC 9113, 5.1',
    'reset 5',
    from(asks, ends(STREAM, 'x')),
    from(posts, ends(STREAM, 'x')),
  ],
  ['a head of no stream', 'RFC 9113, 6.2', 'goaway 1', (path) => from(asks(path, 0))(path), from(asks)],
  [
    'a stream of an even number',
    'RFC 9113, 5.1.1',
    'goaway 1',
    (path) => from(asks(path, 8))(path),
    from(asks),
  ],
  [
    'a stream of a lower number',
    'RFC 9113, 5.1.1',
    'goaway 5',
    (path) => from(asks('/other', 9), asks(path))(path),
    (path) => from(asks('/other', 5), asks(path))(path),
  ],
  [
    'a head behind the end',
    'RFC 9113, 5.1',
    'reset 5',
    from(asks, asks),
    from(posts, frame(T.headers, END | END_HEADERS, { stream: STREAM, payload: fields([['x-t', '1']]) })),
  ],
  [
    'a second head',
    'RFC 9113, 8.1',
    'reset 1',
    from(posts, frame(T.headers, END_HEADERS, { stream: STREAM, payload: fields([['x-t', '1']]) })),
    from(posts, frame(T.headers, END | END_HEADERS, { stream: STREAM, payload: fields([['x-t', '1']]) })),
  ],
  [
    'no room for a stream',
    'RFC 9113, 6.9',
    'reset 1',
    from(posts, frame(WINDOW, 0, { stream: STREAM, payload: number32(0) }), ends()),
    from(posts, frame(WINDOW, 0, { stream: STREAM, payload: number32(1) }), ends()),
  ],
  [
    'too much room for a stream',
    'RFC 9113, 6.9.1',
    'reset 3',
    from(posts, frame(WINDOW, 0, { stream: STREAM, payload: number32(2 ** 31 - 1) }), ends()),
    from(posts, frame(WINDOW, 0, { stream: STREAM, payload: number32(2 ** 30) }), ends()),
  ],
  [
    'a priority of four bytes',
    'RFC 9113, 6.3',
    'reset 6',
    from(posts, frame(T.priority, 0, { stream: STREAM, payload: '\0\0\0\0' }), ends()),
    from(posts, frame(T.priority, 0, { stream: STREAM, payload: '\0\0\0\0\0' }), ends()),
  ],
  [
    'one stream too many',
    'RFC 9113, 5.1.2',
    'reset 7',
    (path) =>
      from(
        times(128, (index) => posts('/held', 2 * index + 1)),
        asks(path, 257),
      )(path),
    (path) =>
      from(
        times(100, (index) => posts('/held', 2 * index + 1)),
        asks(path, 257),
      )(path),
  ],
];
