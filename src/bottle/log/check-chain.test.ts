import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '../../../test/support/runs.ts';
import { CHAIN_START, linkLine, type ChainHead } from '../../gateway/audit/chain.ts';
import { ChainCheck, type Break } from './check-chain.ts';

/** A log with one line per host, which a client may choose. */
function logOf(hosts: readonly string[], bottle = 'b'): string[] {
  let head: ChainHead = CHAIN_START;
  return hosts.map((host) => {
    const link = linkLine(head, `{"bottle":"${bottle}","host":${JSON.stringify(host)}`);
    head = link;
    return link.text.trimEnd();
  });
}

function check(text: string): ChainCheck {
  const checked = new ChainCheck();
  const lines = text.split('\n');
  const rest = lines.pop();
  for (const line of lines) checked.next(line);
  if (rest !== '') checked.unfinished();
  return checked;
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const first = (lines: readonly string[]): Partial<Break> | undefined => {
  const [found] = check(textOf(lines)).breaks;
  return found === undefined ? undefined : { line: found.line, kind: found.kind };
};

const logs = fc
  .array(fc.string({ unit: 'grapheme-ascii', maxLength: 8 }), { minLength: 3, maxLength: 12 })
  .map(logOf);
/** A log and two different line indexes in it, the smaller first. */
const places = logs.chain((lines) =>
  fc
    .tuple(fc.nat(lines.length - 2), fc.nat(lines.length - 1))
    .filter(([a, b]) => a < b)
    .map(([a, b]) => ({ lines, a, b })),
);

test('an unchanged log has no break, and its head is the last line', () => {
  fc.assert(
    fc.property(logs, (lines) => {
      const { breaks, head, lines: count } = check(textOf(lines));
      expect({ breaks, seq: head.seq, count }).toEqual({
        breaks: [],
        seq: lines.length,
        count: lines.length,
      });
      expect(lines.at(-1)).toContain(head.hash);
    }),
  );
});

test('any change of any byte is found, and the changed line is named first', () => {
  fc.assert(
    fc.property(logs, fc.nat(), fc.integer({ min: 1, max: 255 }), (lines, where, by) => {
      const bytes = Buffer.from(textOf(lines), 'latin1');
      const place = where % bytes.length;
      const line = bytes.toString('latin1', 0, place).split('\n').length;
      bytes[place] = ((bytes[place] ?? 0) + by) % 256;
      expect(check(bytes.toString('latin1')).breaks[0]?.line).toBe(line);
    }),
    { numRuns: runs(500) },
  );
});

test('every single byte of a log is covered, in two ways', () => {
  const text = textOf(logOf(['a', 'b', 'c']));
  for (let place = 0; place < text.length; place += 1) {
    const line = text.slice(0, place).split('\n').length;
    const other = text[place] === '0' ? '1' : '0';
    for (const changed of [other, '']) {
      const [found] = check(text.slice(0, place) + changed + text.slice(place + 1)).breaks;
      expect({ place, line: found?.line }).toEqual({ place, line });
    }
  }
});

test('removed lines are missing at their place', () => {
  fc.assert(
    fc.property(places, ({ lines, a, b }) => {
      expect(first([...lines.slice(0, a), ...lines.slice(b)])).toEqual({ line: a + 1, kind: 'cut' });
    }),
  );
});

test('a duplicate line is found at the wrong place', () => {
  fc.assert(
    fc.property(places, ({ lines, a, b }) => {
      const line = lines[a] ?? '';
      expect(first(lines.toSpliced(b, 0, line))).toEqual({ line: b + 1, kind: 'moved' });
    }),
  );
});

test('two exchanged lines are found at the first of them', () => {
  fc.assert(
    fc.property(places, ({ lines, a, b }) => {
      const swapped = lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
      expect(first(swapped)).toEqual({ line: a + 1, kind: 'moved' });
    }),
  );
});

test('a line of another log is found', () => {
  const [ours, theirs] = [logOf(['a', 'b', 'c']), logOf(['x', 'y', 'z'])];
  expect(first(ours.with(1, theirs[1] ?? ''))).toEqual({ line: 2, kind: 'changed' });
});

test('a whole chain of another bottle is found at its first line', () => {
  const checked = new ChainCheck('b');
  for (const line of logOf(['a', 'b', 'c'], 'other')) checked.next(line);
  expect(checked.breaks).toEqual([
    { line: 1, kind: 'moved', reason: 'it is of the log of another bottle, other' },
  ]);
});

test('a change with a new hash is found at the next line', () => {
  const lines = logOf(['a', 'b', 'c', 'd']);
  const forged = logOf(['a', 'forged'])[1] ?? '';
  expect(first(lines.with(1, forged))).toEqual({ line: 3, kind: 'changed' });
});

test('the lines after a break are checked separately', () => {
  const lines = logOf(['a', 'b', 'c', 'd', 'e', 'f', 'g']).map((line, at) =>
    at === 1 || at === 4 ? line.replace('host', 'ghost') : line,
  );
  expect(check(textOf(lines)).breaks.map(({ line }) => line)).toEqual([2, 5]);
});
