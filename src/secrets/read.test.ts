import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { secretFault } from '../gateway/inject/apply.ts';
import { identify } from '../host/processes.ts';
import { readSecret, valueFault } from './read.ts';
import type { SecretSource } from './source.ts';
const SECRET = 'sk-a-real-secret-4711';
const sh = (script: string): SecretSource => ({ kind: 'command', argv: ['sh', '-c', script] });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  vi.unstubAllEnvs();
});

async function fileOf(text: string, mode: number): Promise<SecretSource> {
  const hostPath = join(folder, `secret-${mode.toString(8)}`);
  await writeFile(hostPath, text);
  await chmod(hostPath, mode);
  return { kind: 'file', hostPath };
}

/** Everything that a failure shows to the user. */
async function failureOf(source: SecretSource): Promise<string> {
  try {
    await readSecret(source);
  } catch (error) {
    return inspect(error, { depth: 9 });
  }
  throw new Error('it did not fail');
}

test('a command runs in the root folder, so that files of the project are not run or obeyed', async () => {
  expect((await readSecret(sh('echo "in-$(pwd)-$(ls -d bin)"')))()).toBe('in-/-bin');
  const failure = await failureOf({ kind: 'command', argv: ['./token.sh'] });
  expect(failure).toContain('is no full path');
});

test('a secret is read from a variable', async () => {
  vi.stubEnv('BOTTLE_TEST_SECRET', SECRET);
  expect((await readSecret({ kind: 'env', name: 'BOTTLE_TEST_SECRET' }))()).toBe(SECRET);
  vi.stubEnv('BOTTLE_TEST_SECRET', '');
  expect(await failureOf({ kind: 'env', name: 'BOTTLE_TEST_SECRET' })).toMatch(
    /manifest[^]*export BOTTLE_TEST_SECRET=/,
  );
});

describe('a file', () => {
  test.each([`${SECRET}\n`, `${SECRET}\r\n`, SECRET])('a secret is read from a file: %j', async (text) =>
    expect((await readSecret(await fileOf(text, 0o600)))()).toBe(SECRET),
  );

  test.each([0o640, 0o604, 0o644, 0o620, 0o777])(
    'a secret file of mode %o is refused, with the remedy',
    async (mode) => {
      const failure = await failureOf(await fileOf(SECRET, mode));
      expect(failure).toContain(`chmod 600 ${folder}`);
      expect(failure).not.toContain(SECRET);
    },
  );

  test('a missing or long secret file, and a folder, are refused', async () => {
    expect(await failureOf({ kind: 'file', hostPath: join(folder, 'none') })).toContain('cannot be read');
    await chmod(folder, 0o700);
    expect(await failureOf({ kind: 'file', hostPath: folder })).toContain('no ordinary file');
    // A pipe without a writer must not block the reader.
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await failureOf({ kind: 'file', hostPath: join(folder, 'pipe') })).toContain('no ordinary file');
    expect(await failureOf(await fileOf('x'.repeat(70_000), 0o600))).toContain('too long');
  });
});

describe('a command', () => {
  test("a secret is a command's output without its line end", async () =>
    expect((await readSecret(sh(`echo ${SECRET}`)))()).toBe(SECRET));

  test("a secret's command gets the variables that locate its store, and no others", async () => {
    vi.stubEnv('OP_SESSION_acme', 'op-session-of-acme');
    vi.stubEnv('ANTHROPIC_API_KEY', 'not-for-this-one');
    expect((await readSecret(sh('echo "$OP_SESSION_acme-$ANTHROPIC_API_KEY"')))()).toBe(
      'op-session-of-acme-',
    );
  });

  test.each([
    ['fails', `echo ${SECRET}; echo ${SECRET} >&2; exit 3`, 'failed (exit code 3)'],
    ['prints nothing', 'true', 'printed nothing'],
    ['prints an empty line', 'echo', 'printed nothing'],
    ['prints two lines', `echo ${SECRET}; echo more`, 'has more than one line'],
    ['prints too much', `yes ${SECRET}`, 'printed too much (more than 64 KiB)'],
    ['prints too much and ends well', `yes ${SECRET} | head -c 70000`, 'printed too much (more than 64 KiB)'],
    ['prints a book', `yes ${SECRET} | tr -dc a-z- | head -c 8193`, 'has more than 8192 characters'],
    ['prints a word', 'echo short', 'has fewer than 8 characters'],
    ['prints a NUL', `printf "${SECRET}\\0x"`, 'control characters'],
  ])("a secret's command that %s is an error that shows no output", async (...[, script, why]) => {
    const failure = await failureOf({ kind: 'command', argv: ['sh', '-c', 'eval "$0"', script] });
    expect(failure).toContain(why);
    // The failure may show the command, but never its output.
    expect(failure.replaceAll(script, '')).not.toContain(SECRET);
  });

  test("a helper that holds the command's output open is not waited for", async () => {
    const value = (await readSecret(sh('sleep 20 & echo "helper-$!-goes-on"; exit 0')))();
    const pid = Number(/^helper-(\d+)-goes-on$/.exec(value)?.[1]);
    expect(identify(pid)).toMatchObject({ pid });
    process.kill(pid);
  });

  test.each(['true', 'exit 3'])(
    "a secret's command that may lack a variable is reported with it: %s",
    async (script) => {
      await expect(readSecret(sh(script))).rejects.toMatchObject({
        details: [
          `command: sh -c ${script.includes(' ') ? `'${script}'` : script}`,
          'of the variables of this host it had only those that docs/MANIFEST.md lists beside `command`',
        ],
      });
    },
  );

  test("a secret's command that fails without a login is reported with the login", async () => {
    const dir = await mkdtemp(join(tmpdir(), 'bb-'));
    try {
      const gh = join(dir, 'gh');
      await writeFile(gh, '#!/bin/sh\nexit 4\n', { mode: 0o755 });
      const reading = readSecret({ kind: 'command', argv: [gh, 'auth', 'token'] });
      await expect(reading).rejects.toMatchObject({
        code: 'dependencyMissing',
        fix: `log in first: gh auth login; see what it says: ${gh} auth token`,
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test("a missing secret's command is an error", async () =>
    expect(await failureOf({ kind: 'command', argv: ['no-such-program-at-all', 'x'] })).toMatch(
      /dependencyMissing|is not installed/,
    ));

  test("a secret's command ends when the start is interrupted", async () => {
    const ending = new AbortController();
    const reading = readSecret(sh('sleep 20'), ending.signal);
    ending.abort();
    await expect(reading).rejects.toThrow(/abort/i);
  });
});

test('an object that holds a secret prints nothing of it', async () => {
  const held = { secret: await readSecret(sh(`echo ${SECRET}`)) };
  expect(
    JSON.stringify(held) + inspect(held, { depth: 9, showHidden: true }) + String(held.secret),
  ).not.toContain(SECRET);
});

test.each([
  '',
  'short',
  SECRET,
  'two\nlines-of-it',
  ' space-before',
  'beyond-äscii',
  'with space-inside',
  'back\\\\\\\\slashes',
  'back\\\\slashes',
  'nul\0-inside-it',
])('launcher and gateway agree on %j as a secret', (value) =>
  expect(valueFault(value) === undefined).toBe(secretFault(value) === undefined),
);

test.each([
  [8_192, true],
  [8_193, false],
])('launcher and gateway agree on a secret of %i characters', (length, isSecret) => {
  const value = 'x'.repeat(length);
  expect([valueFault(value) === undefined, secretFault(value) === undefined]).toEqual([isSecret, isSecret]);
});
