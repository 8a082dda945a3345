import { expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { inItsOwnWords } from './own-words.ts';

const failed = (...details: string[]) =>
  new BottleError('rungUnavailable', 'it could not be made', { details, fix: 'doctor' });

test('what the machine said last is what is said first', () => {
  const error = failed(
    '[    0.5] noise',
    'bot-bottle: settings\r',
    'bot-bottle: /data',
    'reboot: machine restart',
  );
  expect(inItsOwnWords(error)).toMatchObject({
    code: 'rungUnavailable',
    message: 'the machine did not come up: /data',
    fix: 'doctor',
    details: error.details,
  });
});

test.each([
  ['it said nothing', failed('[    0.5] noise')],
  ['words that are like it were', failed('echo bot-bottle: settings', 'bot-bottle waits')],
  ['it is another kind of error', new Error('bot-bottle: settings')],
])('nothing is changed where %s', (_, error) => {
  expect(inItsOwnWords(error)).toBe(error);
});
