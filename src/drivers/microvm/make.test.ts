import { expect, test } from 'vitest';
import { volumePlaces } from './make.ts';

test('a place is made for each, once, what contains another before it', () => {
  expect(volumePlaces(['/data/inner', '/data', 'relative', '/data/'], [])).toEqual([
    '/data',
    '/data/inner',
    '/relative',
  ]);
});

test('nothing is laid over what the machine has of its own, or over what is mounted', () => {
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

test('a path that would be two lines to the machine is refused', () => {
  for (const path of ['/a\n/etc', '/a\\b', '/a '])
    expect(() => volumePlaces([path], [])).toThrow('the image wants a volume at');
});
