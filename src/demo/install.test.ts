import { expect, test } from 'vitest';
import { consentFor } from './install.ts';

test('root without a terminal is not asked before the demo installs its package', () => {
  expect(consentFor({ yes: false, isRoot: true, hasTerminal: false })).toBe('implied');
});

test('everybody else is asked before the demo installs its package, unless --yes was given', () => {
  const others = [
    { isRoot: true, hasTerminal: true },
    { isRoot: false, hasTerminal: false },
    { isRoot: false, hasTerminal: true },
  ];
  for (const other of others) {
    expect(consentFor({ yes: false, ...other })).toBe('ask');
    expect(consentFor({ yes: true, ...other })).toBe('given');
  }
});
