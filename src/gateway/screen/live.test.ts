import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inspectFrames } from '../http/websocket/inspect.ts';
import { scrubbingFrames } from '../http/websocket/scrub.ts';
import { scrubbing } from './answer.ts';
import { Blocked } from './room.ts';
import { createLiveScreen } from './live.ts';
import type { Screen } from './screen.ts';

const secrets = {
  inject: { key: { value: 'first-value-of-the-key', placeholder: 'placeholder-of-the-key' } },
  protect: [],
};
const headOf = (value: string) => ({ host: 'a.example', path: '/', headers: [['x-note', value] as const] });

test('a renewed secret is lent, and its old value still counts as secret', () => {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
  screen.renew({ key: 'second-value-of-the-key' });
  screen.renew({ key: 'second-value-of-the-key' });
  expect(screen.identities['key']?.value).toBe('second-value-of-the-key');
  for (const value of ['first-value-of-the-key', 'second-value-of-the-key']) {
    expect(screen.inspector.head(headOf(value))).toContainEqual(
      expect.objectContaining({ id: 'key', detector: 'secret' }),
    );
    expect(screen.scrub.text(`it is ${value}.`)).not.toContain(value);
  }
  expect(screen.inspector.head(headOf('nothing-of-the-kind'))).toEqual([]);
});

test('the renewal of a secret that is not lent is refused and changes nothing', () => {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
  expect(() => screen.renew({ key: 'new-value', constructor: 'x' })).toThrow(
    'only a lent secret can be renewed',
  );
  expect(screen.identities['key']?.value).toBe('first-value-of-the-key');
});

test('the renewal to an unsuitable value is refused without showing the value', () => {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
  for (const value of ['tooShrt', `${'long'.repeat(2_048)}x`, 'with\r\nend-of-line'])
    expect(() => screen.renew({ key: value })).toThrow(
      /^the new value of a secret has (?!.*(tooShrt|long|end-of-))/,
    );
  expect(screen.identities['key']?.value).toBe('first-value-of-the-key');
});

test('renewing to the same value, or naming a known user, changes nothing', () => {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: ['bob'] });
  const { scanner } = screen.scrub;
  screen.renew({ key: 'first-value-of-the-key' });
  screen.nameUsers(['bob']);
  expect(screen.scrub.scanner).toBe(scanner);
});

test('a failed renewal changes nothing, and the next one succeeds', () => {
  const first = 'AKIDEXAMPLE0123456789:wJalrXUtnFEMI0123456789';
  const placeholder = 'placeholder-of-the-key';
  const inject = { key: { value: first, placeholder, gives: 'awsCredentials', isRenewable: true } } as const;
  const screen = createLiveScreen({ secrets: { inject, protect: [] }, rules: [], basicUsers: [] });
  expect(() => screen.renew({ key: 'AKIDEXAMPLE:x' })).toThrow(RangeError);
  expect(screen.identities['key']?.value).toBe(first);
  const second = 'AKIDEXAMPLE9876543210:wJalrXUtnFEMI9876543210';
  screen.renew({ key: second });
  expect(screen.identities['key']?.value).toBe(second);
  expect(screen.scrub.text(`it was ${first}`)).not.toContain('wJalrXUtnFEMI0');
});

test('a value that returns is not kept twice', () => {
  const screen = createLiveScreen({ secrets, rules: [], basicUsers: [] });
  const values = ['a-value-that-comes-again', 'another-value-of-the-key'];
  for (let turn = 0; turn < 20; turn += 1) screen.renew({ key: values[turn % 2] ?? '' });
  expect(screen.scrub.text('it was first-value-of-the-key')).not.toContain('first');
});

const NEW = 'second-value-of-the-key';
const stars = '*'.repeat(NEW.length);
const liveScreen = () => createLiveScreen({ secrets, rules: [], basicUsers: [] });

test.each([
  { what: 'in what comes then', pieces: ['before ', `${NEW} after`], all: `before ${stars} after` },
  {
    what: 'behind the old one, of which a part had come',
    pieces: ['x first-value-', `of-the-key ${NEW}`],
    all: `x ${'*'.repeat(22)} ${stars}`,
  },
  {
    what: 'behind what might have been the old one',
    pieces: ['it is f', `ine: ${NEW}`],
    all: `it is fine: ${stars}`,
  },
])('an answer in progress does not reveal the new value of a secret: $what', async ({ pieces, all }) => {
  const screen = liveScreen();
  const stream = scrubbing(screen.scrub);
  const out: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => out.push(bytes));
  stream.write(pieces[0]);
  screen.renew({ key: NEW });
  stream.end(pieces[1]);
  await once(stream, 'end');
  expect(Buffer.concat(out).toString()).toBe(all);
});

const frame = (first: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([first, text.length]), Buffer.from(text)]);

test('a WebSocket in progress reveals neither value of a renewed secret, even in a message that began before', () => {
  const screen = liveScreen();
  const frames = scrubbingFrames(screen.scrub);
  frames.write(frame(0x01, 'begun '));
  screen.renew({ key: NEW });
  frames.write(frame(0x80, NEW));
  frames.write(frame(0x81, NEW));
  const expected = Buffer.concat([frame(0x01, 'begun '), frame(0x80, stars), frame(0x81, stars)]);
  expect(String(frames.read())).toBe(String(expected));
});

test('data that leaves on an open WebSocket is inspected for the new value of a secret', async () => {
  const screen = liveScreen();
  const frames = inspectFrames({ inspector: screen.inspector, host: 'a.example', action: 'block' });
  screen.renew({ key: NEW });
  const masked = Buffer.concat([Buffer.from([0x81, 0x80 | NEW.length, 0, 0, 0, 0]), Buffer.from(NEW)]);
  const broken = once(frames, 'error');
  frames.resume().write(masked);
  expect(await Promise.race([broken, turn()])).toEqual([expect.any(Blocked)]);
});

const PROTECTED = 'Tq7vXe2ZrWm9Kc4Lp8Jd6Sy3Gh5Bn1Qa';
const protecting = () =>
  createLiveScreen({
    secrets: { ...secrets, protect: [{ name: '.env', value: PROTECTED, kind: 'secret' }] },
    rules: [],
    basicUsers: [],
  });
const inPieces = (value: string, size: number): string[] =>
  value.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];

type Send = (screen: Screen, piece: string) => number;
const inBody: Send = ({ inspector }, piece) => {
  const body = inspector.body({ host: 'a.example', where: 'body', action: 'block' });
  return [body.push(Buffer.from(piece)), body.end()].flatMap(({ findings }) => findings).length;
};
const inHeader: Send = ({ inspector }, piece) => inspector.head(headOf(piece)).length;
const inName: Send = ({ inspector }, piece) => inspector.name(`${piece.toLowerCase()}.b.example`).length;

const WAYS: readonly [string, number, Send][] = [
  ['halves in bodies', 16, inBody],
  ['halves in a header', 16, inHeader],
  ['halves in names of hosts', 16, inName],
];

test.each(WAYS)('parts that left before a renewal still count: %s of a protected value', (_, size, send) => {
  for (const values of [undefined, secrets.inject.key.value, NEW]) {
    const screen = protecting();
    const pieces = inPieces(PROTECTED, size);
    // Creating a screen takes long: a few renewals on the way test the same as one before each piece.
    const every = Math.ceil(pieces.length / 4);
    const found = pieces.map((piece, at) => {
      if (values !== undefined && at % every === 0) screen.renew({ key: values });
      return send(screen, piece);
    });
    expect({ values, found: found.some((count) => count > 0) }).toEqual({ values, found: true });
  }
});

test('parts of the old value still count after a renewal, in any place', () => {
  const screen = liveScreen();
  screen.renew({ key: PROTECTED });
  const [first = '', second = ''] = inPieces(PROTECTED, 16);
  expect(inBody(screen, first)).toBe(0);
  screen.renew({ key: NEW });
  expect(inHeader(screen, second)).toBeGreaterThan(0);
});

test('a text without findings is inspected again for a new value', () => {
  const screen = liveScreen();
  const pieces = inPieces(PROTECTED, 16);
  for (let turn = 0; turn < 30; turn += 1)
    for (const piece of pieces) expect(inHeader(screen, piece)).toBe(0);
  screen.renew({ key: PROTECTED });
  expect(pieces.some((piece) => inHeader(screen, piece) > 0)).toBe(true);
});
