import { expect, test } from 'vitest';
import { volumePlaces } from './make.ts';

test('each mount point is made once, parents first', () => {
  expect(volumePlaces(['/data/inner', '/data', 'relative', '/data/'], [])).toEqual([
    '/data',
    '/data/inner',
    '/relative',
  ]);
});

test("no mount covers the machine's own files or another mount", () => {
  const own = [
    '/',
    '/etc',
    '/run',
    '/run/bot-bottle/lib',
    '/dev/shm',
    '/proc',
    '/tmp',
    '/home/agent',
    '/x/../sys',
  ];
  expect(volumePlaces([...own, '/work', '/etc/app', '/home/agent/.cache'], [{ guestPath: '/work' }])).toEqual(
    ['/etc/app', '/home/agent/.cache'],
  );
});

test('a path of two lines is refused', () => {
  for (const path of ['/a\n/etc', '/a\\b', '/a '])
    expect(() => volumePlaces([path], [])).toThrow('the image wants a volume at');
});
