import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withHomeSteps, type HomeStep } from './home-steps.ts';

const home = mkdtempSync(join(tmpdir(), 'home-steps-'));

function take(
  argv: readonly string[],
  steps: readonly HomeStep[],
  env: Readonly<Record<string, string>> = {},
) {
  const [program = '', ...args] = withHomeSteps(argv, steps);
  return spawnSync(program, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], ...env } });
}

test('without steps the command stays as it is', () => {
  expect(withHomeSteps(['claude', '--version'], [])).toEqual(['claude', '--version']);
});

test('links are made with their parents, and the arguments stay unchanged', () => {
  const { stdout } = take(
    ['printf', '%s|', 'a b', '$HOME', '--', "'"],
    [
      { kind: 'link', guestPath: `${home}/.x/skills`, target: '/etc/one' },
      { kind: 'link', guestPath: `${home}/y`, target: '/etc/two' },
    ],
  );
  expect(stdout).toBe("a b|$HOME|--|'|");
  expect(readlinkSync(`${home}/.x/skills`)).toBe('/etc/one');
  expect(readlinkSync(`${home}/y`)).toBe('/etc/two');
});

test('a copied file belongs to its owner alone', () => {
  writeFileSync(`${home}/original`, 'text', { mode: 0o666 });
  const copy = { kind: 'copy', guestPath: `${home}/.z/copy`, target: `${home}/original` } as const;
  expect(take(['echo', 'on'], [copy]).stdout).toBe('on\n');
  expect(readFileSync(copy.guestPath, 'utf8')).toBe('text');
  expect(statSync(copy.guestPath).mode & 0o777).toBe(0o600);
});

test('the bait belongs to its owner alone, and an agent without a place for it starts all the same', () => {
  writeFileSync(`${home}/bait`, '[a]\nkey = \\x $HOME %s\n');
  const bait = { kind: 'bait', guestPath: `${home}/.b/bait`, target: `${home}/bait` } as const;
  expect(take(['echo', 'on'], [bait]).stdout).toBe('on\n');
  expect(readFileSync(bait.guestPath, 'utf8')).toBe('[a]\nkey = \\x $HOME %s\n');
  expect(statSync(bait.guestPath).mode & 0o777).toBe(0o600);
  for (const more of [{ target: `${home}/nothing` }, { guestPath: `${home}/bait/below` }])
    expect(take(['echo', 'on'], [{ ...bait, ...more }])).toMatchObject({ stdout: 'on\n', stderr: '' });
});

test('a key file is written for its owner alone, without the key in the command', () => {
  const key = { kind: 'key', guestPath: `${home}/.k/auth.json`, variable: 'THE_KEY' } as const;
  expect(take(['echo', 'on'], [key]).stdout).toBe('on\n');
  expect(existsSync(key.guestPath)).toBe(false);
  expect(take(['echo', 'on'], [key], { THE_KEY: 'sk-$HOME' }).stdout).toBe('on\n');
  expect(JSON.parse(readFileSync(key.guestPath, 'utf8'))).toEqual({ THE_KEY: 'sk-$HOME' });
  expect(statSync(key.guestPath).mode & 0o777).toBe(0o600);
});

test('a failed or missing required step keeps the agent from starting, with the reason', () => {
  const need = { kind: 'need', program: 'no-such-program', what: 'ssh entries' } as const;
  expect(take(['echo', 'on'], [need])).toMatchObject({
    status: 127,
    stdout: '',
    stderr: 'bot-bottle: ssh entries need no-such-program, which is not in the image\n',
  });
  const reach = { kind: 'reach', guestPath: `${home}/no-socket`, what: 'the socket' } as const;
  expect(take(['echo', 'on'], [reach])).toMatchObject({
    status: 127,
    stdout: '',
    stderr: expect.stringContaining('does not let the bottle use the socket\n') as unknown,
  });
  const copy = { kind: 'copy', guestPath: `${home}/a`, target: `${home}/not-there` } as const;
  expect(take(['echo', 'on'], [copy])).toMatchObject({ status: 1, stdout: '' });
});
