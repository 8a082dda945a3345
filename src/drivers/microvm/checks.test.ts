import { expect, test } from 'vitest';
import { checksOf } from './checks.ts';

const HEALTH = '{"status":"ok","bottle":"box-1"}';
const ids = (said: string, hasKaslr = false) =>
  checksOf(said, 'box-1', { places: 6, hasKaslr }).map(({ id }) => id);

test('a machine is closed if its gateway answers and nothing else does', () => {
  expect(ids(`${HEALTH}\nover 0.5\n`)).toEqual(['machine.gateway', 'machine.unreachable']);
});

test('a kernel from an image is refused unless it reports a random address', () => {
  const closed = ['machine.gateway', 'machine.unreachable'];
  expect(ids(`${HEALTH}\nloadflags  131\nover 0.5\n`, true)).toEqual(['machine.kaslr', ...closed]);
  for (const line of ['loadflags  1\n', 'loadflags \n', ''])
    expect(() => ids(`${HEALTH}\n${line}over 0.5\n`, true)).toThrow('an address that everybody knows');
  expect(ids(`${HEALTH}\nloadflags  1\nover 0.5\n`, false)).toEqual(closed);
});

test.each([
  // An impostor of the gateway gets everything that the agent sends, and its identities.
  {
    what: 'another answers for the gateway',
    said: '{"bottle":"box-10"}\nover 0.5\n',
    why: 'machine.gateway',
  },
  { what: 'nobody answers', said: 'the gateway does not answer\nover 0.5\n', why: 'machine.gateway' },
  { what: 'nothing at all was said', said: '', why: 'machine.gateway' },
  // A way out that stays open while the agent runs.
  {
    what: 'the host answers',
    said: `${HEALTH}\nreached 192.0.2.7:9\nover 0.5\n`,
    why: 'reached 192.0.2.7:9',
  },
  // Silence of a script that did not try every place.
  { what: 'it ends before it has tried all', said: `${HEALTH}\n`, why: 'not tried to the end' },
  // Silence of a machine whose own attempts fail.
  { what: 'the gateway answers no such attempt', said: `${HEALTH}\nover\n`, why: 'not tried to the end' },
  { what: 'no route could be made', said: `${HEALTH}\nip: File exists\n`, why: 'not tried to the end' },
])('$what: the machine does not start', ({ said, why }) => {
  expect(() => ids(said)).toThrow(
    expect.objectContaining({ code: 'rungUnavailable', details: [expect.stringContaining(why)] }),
  );
});
