import { EnumValidationError } from '@stricli/core';
import { expect, test } from 'vitest';
import { scannerError } from './scanner-text.ts';

test('a bad value of a flag is reported with the allowed ones', () => {
  const error = new EnumValidationError('family' as never, 'dsn', ['dns', 'files'], ['dns']);
  expect(scannerError(error, ['logs'])).toMatchObject({
    code: 'usage',
    message: '--family cannot be "dsn"',
    fix: 'give one of dns, files',
  });
});

test('any other mistake is reported with the place that lists the flags', () => {
  expect(scannerError(new Error('what is this'), ['policy', 'check'])).toMatchObject({
    code: 'usage',
    message: expect.stringContaining('what is this') as string,
    fix: 'bot-bottle policy check --help shows the arguments',
  });
});
