import { afterEach, expect, test, vi } from 'vitest';
import { reportWidth, wrapCommand } from './wrap.ts';

test.each([
  [0, 100],
  [240, 100],
  [80, 80],
  [10, 40],
])('with %s columns a report has %s', (columns, width) => {
  expect(reportWidth(columns)).toBe(width);
});

afterEach(() => vi.unstubAllEnvs());

test("a command line fits as this user types it, however long the program's path", () => {
  const flags = '--runtime runc --engine docker --network-form bridge --probe dns-by-name';
  expect(wrapCommand(`bot-bottle verify ${flags}`, '  ')).toHaveLength(1);
  vi.stubEnv('BOT_BOTTLE_CALLED_AS', '/a/long/way/to/bot-bottle');
  const lines = wrapCommand(`bot-bottle verify ${flags}`, '  ');
  expect(lines.every((line) => line.length <= 100)).toBe(true);
  expect(lines.join('').replaceAll(/ \\ +/g, ' ')).toBe(`  /a/long/way/to/bot-bottle verify ${flags}`);
});
