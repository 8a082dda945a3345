import { describe, expect, test } from 'vitest';
import { createInspector } from '../inspector.ts';

/** Known values that contain each other: a password, and the address of a database with this password. */

const PASSWORD = 'q7Zp3mXw9LtR5vKd2HsN8bYc';
const ADDRESS = `postgres://app:${PASSWORD}@db.internal:5432/main`;

const found = (text: string): string[] => {
  const secrets = [
    { name: 'ADDRESS', value: ADDRESS, kind: 'secret' },
    { name: 'PASSWORD', value: PASSWORD, kind: 'secret' },
  ] as const;
  const body = createInspector({ secrets, rules: [] }).body({ host: 'h', where: 'body', action: 'block' });
  const passed = [
    body.push(Buffer.from(`words before ${text} and after it. `.padEnd(600, 'more '))),
    body.end(),
  ];
  return passed.flatMap(({ findings }) => findings.map(({ id, encoding }) => `${id} ${encoding}`));
};

describe('a known value within a part of another known value', () => {
  test.each([
    ['the user and the password', `app:${PASSWORD}`],
    ['the address without its scheme', `app:${PASSWORD}@db`],
    ['all but the first letter of the address', ADDRESS.slice(1, -8)],
    ['the same in base64', Buffer.from(`app:${PASSWORD}@db`).toString('base64')],
  ])('is found: %s', (_, text) => {
    expect(found(text).map((what) => what.split(' ')[0])).toContain('PASSWORD');
  });

  test('is found beside the whole value that contains it', () => {
    expect(found(ADDRESS)).toEqual(['ADDRESS raw', 'PASSWORD raw']);
  });

  test('is not found in a part of the larger value without it', () => {
    expect(found('postgres://app:')).toEqual([]);
  });
});
