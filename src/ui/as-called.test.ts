import { expect, test } from 'vitest';
import { asCalled } from './as-called.ts';

test('commands are shown as the user calls them, and nothing else is touched', () => {
  const text =
    'try: bot-bottle gc; (bot-bottle ls) bot-bottle: building, /x/bot-bottle init, bot-bottle.yaml';
  expect(asCalled(text, './bot-bottle')).toBe(
    'try: ./bot-bottle gc; (./bot-bottle ls) bot-bottle: building, /x/bot-bottle init, bot-bottle.yaml',
  );
  expect(asCalled(text, undefined)).toBe(text);
});

test('a name that is no path is not shown', () => {
  expect(asCalled('bot-bottle ls', '\u001b[31mx')).toBe('bot-bottle ls');
});
