import { expect, test } from 'vitest';
import { showingOf } from './apart.ts';

const SYSTEM = ['/usr/bin', '/usr/share', '/usr/local/share'];
const showing = (path: string, mayHoldSystem: boolean): string | undefined =>
  showingOf([{ what: 'a folder', path, mayHoldSystem }], SYSTEM)?.folder;

test.each([
  // A home folder, or one of bot-bottle's own.
  ['/usr/share/u', true, '/usr/share'],
  ['/usr/share', true, '/usr/share'],
  ['/usr/local/share/state/bot-bottle', true, '/usr/local/share'],
  ['/usr/local/home/u', true, undefined],
  ['/usr/local/google/home/u', true, undefined],
  ['/usr/shared/u', true, undefined],
  ['/home/u', true, undefined],
  ['/', true, undefined],
  // A project: a copy of it omits files that would be visible here.
  ['/usr/src/p', false, undefined],
  ['/usr/share/p', false, '/usr/share'],
  ['/usr/local', false, '/usr/local/share'],
  ['/usr', false, '/usr/bin'],
] as const)(
  'the folder %s, which may hold system folders: %s, is visible in %s',
  (path, mayHoldSystem, folder) => {
    expect(showing(path, mayHoldSystem)).toBe(folder);
  },
);
