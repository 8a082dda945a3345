import { expect, test } from 'vitest';
import { asCalled } from './as-called.ts';

test('commands in texts are shown as the user calls bot-bottle, and other text is unchanged', () => {
  const text =
    'try: bot-bottle gc; (bot-bottle ls) bot-bottle: building, /x/bot-bottle init, bot-bottle.yaml';
  expect(asCalled(text, './bot-bottle')).toBe(
    'try: ./bot-bottle gc; (./bot-bottle ls) bot-bottle: building, /x/bot-bottle init, bot-bottle.yaml',
  );
  expect(asCalled(text, undefined)).toBe(text);
});

test('a program name that is not a path is not shown', () => {
  expect(asCalled('bot-bottle ls', '\u001b[31mx')).toBe('bot-bottle ls');
});
