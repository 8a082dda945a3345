import { expect, test } from 'vitest';
import { BottleError } from '../../errors.ts';
import { withMachineMessage } from './boot.ts';

const failed = (...details: string[]) =>
  new BottleError('rungUnavailable', 'it could not be made', { details, fix: 'doctor' });

test("a failed machine's last message comes first", () => {
  const error = failed(
    '[    0.5] noise',
    'bot-bottle: settings\r',
    'bot-bottle: /data',
    'reboot: machine restart',
  );
  expect(withMachineMessage(error)).toMatchObject({
    code: 'rungUnavailable',
    message: 'the machine did not come up: /data',
    fix: expect.stringMatching(/^its last lines are above/) as string,
    details: error.details,
  });
});

test('a VMM that somebody has killed is no fault of the image', () => {
  const error = new BottleError('rungUnavailable', 'it could not be made', {
    details: ['[    0.5] noise', 'bot-bottle: its VMM was ended by signal 9'],
    fix: 'doctor',
  });
  expect(withMachineMessage(error)).toMatchObject({
    message: 'the machine did not come up: its VMM was ended by signal 9',
    fix: expect.stringMatching(/^unless somebody ended it, the kernel did, because memory ran out/) as string,
  });
});

test.each([
  ['it said nothing', failed('[    0.5] noise')],
  ['words that are like it were', failed('echo bot-bottle: settings', 'bot-bottle waits')],
  ['it is another kind of error', new Error('bot-bottle: settings')],
])('the error stays unchanged where %s', (_, error) => {
  expect(withMachineMessage(error)).toBe(error);
});
