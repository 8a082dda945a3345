import { fields, frame } from '../../../../hostile/http2.ts';
import {
  END,
  END_HEADERS,
  MORE,
  PADDED,
  PRIORITY,
  STREAM,
  T,
  asks,
  before,
  block,
  from,
  inBlock,
  posts,
  times,
  type Line,
} from './build.ts';

/** Field blocks: their frames and their content (RFC 9113, 4.3 and 6.10; RFC 7541). */

export const BLOCKS: readonly Line[] = [
  [
    'a CONTINUATION of nothing',
    'RFC 9113, 6.10',
    'goaway 1',
    before(frame(MORE, 4, { stream: 1 })),
    from(asks),
  ],
  [
    'a ping within a head',
    'RFC 9113, 4.3',
    'goaway 1',
    (path) => from(inBlock(block(path), END), frame(T.ping, 0, { payload: '12345678' }))(path),
    (path) => from(inBlock(block(path), END), frame(MORE, END_HEADERS, { stream: STREAM }))(path),
  ],
  [
    'a CONTINUATION of another stream',
    'RFC 9113, 6.10',
    'goaway 1',
    (path) => from(inBlock(block(path), END), frame(MORE, END_HEADERS, { stream: 9 }))(path),
    (path) => from(inBlock(block(path), END), frame(MORE, END_HEADERS, { stream: STREAM }))(path),
  ],
  [
    'a head in 40 frames',
    'CVE-2024-27316',
    'goaway 11',
    (path) =>
      from(
        inBlock(block(path), END),
        times(39, frame(MORE, 0, { stream: STREAM, payload: fields([['x', '1']]) })),
        frame(MORE, END_HEADERS, { stream: STREAM }),
      )(path),
    (path) =>
      from(
        inBlock(block(path), END),
        times(9, frame(MORE, 0, { stream: STREAM, payload: fields([['x', '1']]) })),
        frame(MORE, END_HEADERS, { stream: STREAM }),
      )(path),
  ],
  [
    'a head of 80 KB',
    'CVE-2024-27316',
    'goaway 11',
    (path) =>
      from(
        inBlock(block(path), END),
        times(5, frame(MORE, 0, { stream: STREAM, payload: fields([['x', 'y'.repeat(16_000)]]) })),
        frame(MORE, END_HEADERS, { stream: STREAM }),
      )(path),
    (path) =>
      from(
        inBlock(block(path), END),
        frame(MORE, END_HEADERS, { stream: STREAM, payload: fields([['x', 'y'.repeat(8_000)]]) }),
      )(path),
  ],
  [
    'a head of 40 KB',
    'RFC 9113, 10.5.1',
    'reset 11',
    (path) =>
      from(
        inBlock(block(path), END),
        times(3, frame(MORE, 0, { stream: STREAM, payload: fields([['x', 'y'.repeat(13_000)]]) })),
        frame(MORE, END_HEADERS, { stream: STREAM }),
      )(path),
    (path) => from(inBlock(block(path) + fields([['x', 'y'.repeat(8_000)]])))(path),
  ],
  [
    'a head of a kept field, again and again',
    'CVE-2016-6581',
    'reset 11',
    (path) =>
      from(
        inBlock(`${block(path)}\x40${fields([['x', 'y'.repeat(3_000)]]).slice(1)}${'\xbe'.repeat(12_000)}`),
      )(path),
    (path) => from(inBlock(`${block(path)}\x40${fields([['x', 'y'.repeat(3_000)]]).slice(1)}\xbe`))(path),
  ],
  [
    'more padding than frame, in a head',
    'RFC 9113, 6.2',
    'goaway 1',
    (path) => from(inBlock(`\xff${block(path)}`, END | END_HEADERS | PADDED))(path),
    (path) => from(inBlock(`\x03${block(path)}\0\0\0`, END | END_HEADERS | PADDED))(path),
  ],
  [
    'more padding than frame, in content',
    'RFC 9113, 6.1',
    'goaway 1',
    from(posts, frame(T.data, END | PADDED, { stream: STREAM, payload: '\x05abc' })),
    from(posts, frame(T.data, END | PADDED, { stream: STREAM, payload: '\x02abc\0\0' })),
  ],
  [
    'a head that is shorter than its priority',
    'RFC 9113, 6.2',
    'goaway 6',
    from(inBlock('\0\0\0', END | END_HEADERS | PRIORITY)),
    (path) => from(inBlock(`\0\0\0\0\x10${block(path)}`, END | END_HEADERS | PRIORITY))(path),
  ],
  ...(
    [
      ['field 0', 'RFC 7541, 6.1', '\x80'],
      ['a field that is not there', 'RFC 7541, 2.3.3', '\xbe'],
      ['a text that is the end of a text', 'RFC 7541, 5.2', '\0\x01x\x84\xff\xff\xff\xff'],
      ['a text that ends in zeros', 'RFC 7541, 5.2', '\0\x01x\x81\x18'],
      ['a text that is longer than its block', 'RFC 7541, 5.2', '\0\x01x\x20abc'],
      ['a table of 8,192', 'RFC 7541, 6.3', '\x3f\xe1\x3f'],
      ['a table that changes behind a field', 'RFC 7541, 4.2', '\x20'],
      ['a number that does not end', 'RFC 7541, 5.1', '\xff\xff\xff\xff\xff\xff\xff\x0f'],
    ] as const
  ).map(([name, source, trick]): Line => [
    name,
    source,
    'goaway 9',
    (path) => from(inBlock(block(path) + trick))(path),
    (path) => from(inBlock(block(path) + fields([['x', 'abc']])))(path),
  ]),
];
