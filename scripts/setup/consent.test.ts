import { expect, test } from 'vitest';
import { consentIn, type Circumstances } from './consent.ts';

const NOBODY: Circumstances = { isReady: false, isRoot: false, isTerminal: false, isCi: false, args: [] };

test.each<[string, Partial<Circumstances>, string]>([
  ['nobody can be asked', {}, 'not given'],
  ['a person can be asked', { isTerminal: true }, 'ask'],
  ['nothing is missing', { isReady: true, isTerminal: true }, 'nothing to do'],
  ['root', { isRoot: true }, 'given'],
  ['CI', { isCi: true }, 'given'],
  ['--yes', { args: ['--yes'] }, 'given'],
  ['--no-setup, also as root', { args: ['--no-setup', '--yes'], isRoot: true }, 'nothing to do'],
])('%s: %j', (_name, circumstances, consent) => {
  expect(consentIn({ ...NOBODY, ...circumstances })).toBe(consent);
});
