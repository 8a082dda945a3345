import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RCODE, readQuery, writeAnswer } from './message.ts';

const label = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);

function question(labels: readonly string[], type = 1, flags = 0x0100): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x1234, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  return Buffer.concat([header, ...labels.map(label), Buffer.from([0, type >> 8, type & 0xff, 0, 1])]);
}

describe('DNS questions', () => {
  test('a plain question is read', () => {
    expect(readQuery(question(['Example', 'org'], 28))).toMatchObject({
      id: 0x1234,
      name: 'Example.org',
      type: 28,
      recursionDesired: true,
    });
  });

  test('a question followed by an EDNS record is read', () => {
    const bytes = Buffer.concat([question(['a']), Buffer.from('0000291000000000000000', 'hex')]);
    bytes.writeUInt16BE(1, 10);
    expect(readQuery(bytes)).toMatchObject({ name: 'a' });
    expect(readQuery(bytes)).not.toHaveProperty('fault');
  });

  test.each([
    ['a dot in a label', ['a.b', 'org']],
    ['a NUL', ['a\0', 'org']],
    ['another byte', ['\u00e4', 'org']],
  ])('%s: the name cannot belong to a host', (_, labels) => {
    expect(readQuery(question(labels))).toMatchObject({ name: undefined });
  });

  test.each([
    ['an answer', question(['a'], 1, 0x8100), undefined],
    ['too short', Buffer.alloc(11), undefined],
    ['another operation', question(['a'], 1, 0x2000), RCODE.notImplemented],
    ['no question', Buffer.alloc(12), RCODE.formatError],
    ['cut off in the name', question(['abcdef']).subarray(0, 15), RCODE.formatError],
    ['cut off after the name', question(['a']).subarray(0, 16), RCODE.formatError],
    [
      'a pointer as a name',
      Buffer.concat([question([]).subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
      RCODE.formatError,
    ],
    [
      'a name without end',
      Buffer.concat([
        question([]).subarray(0, 12),
        ...Array.from({ length: 5 }, () => label('a'.repeat(63))),
      ]),
      RCODE.formatError,
    ],
    ['another class', Buffer.concat([question(['a']).subarray(0, -1), Buffer.from([3])]), RCODE.refused],
  ])('a malformed question is refused: %s', (_, bytes, fault) => {
    expect(readQuery(bytes)?.fault).toBe(fault);
  });

  test('random bytes cause no error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const query = readQuery(Buffer.from(bytes));
        const answer = query === undefined ? undefined : writeAnswer(query, RCODE.nameError);
        expect(answer?.length ?? 12).toBeGreaterThanOrEqual(12);
      }),
    );
  });
});

describe('DNS answers', () => {
  const query = readQuery(question(['Example', 'org']));
  if (query === undefined) throw new Error('the question is one');

  test('an answer contains an address', () => {
    const answer = writeAnswer(query, RCODE.noError, '127.200.0.1');
    expect(answer.toString('hex')).toBe(
      '123481800001000100000000' +
        '074578616d706c65036f726700' +
        '00010001' +
        'c00c00010001' +
        '0000003c' +
        '0004' +
        '7fc80001',
    );
  });

  test('an answer says that a name does not exist', () => {
    const answer = writeAnswer(query, RCODE.nameError);
    expect(answer.readUInt16BE(2) & 15).toBe(3);
    expect(answer.readUInt16BE(6)).toBe(0);
  });
});
