import { execFileSync } from 'node:child_process';
import { mkdtempSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withHomeLinks } from './home-links.ts';

test('without links the command stays as it is', () => {
  expect(withHomeLinks(['claude', '--version'], [])).toEqual(['claude', '--version']);
});

test('links are made with their parents, and the arguments arrive as they were', () => {
  const home = mkdtempSync(join(tmpdir(), 'home-links-'));
  const argv = ['printf', '%s|', 'a b', '$HOME', '--', "'"];
  const [program = '', ...args] = withHomeLinks(argv, [
    { guestPath: `${home}/.x/skills`, target: '/etc/one' },
    { guestPath: `${home}/y`, target: '/etc/two' },
  ]);
  expect(execFileSync(program, args, { encoding: 'utf8' })).toBe("a b|$HOME|--|'|");
  expect(readlinkSync(`${home}/.x/skills`)).toBe('/etc/one');
  expect(readlinkSync(`${home}/y`)).toBe('/etc/two');
});
