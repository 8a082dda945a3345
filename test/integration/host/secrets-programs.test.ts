import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { runOrThrow } from '../../../src/host/run.ts';
import { readSecret } from '../../../src/secrets/read.ts';

/**
 * Secrets from the programs that keep them: a real desktop keyring, and stand-ins for programs that this host cannot
 * have.
 */

const SECRET = 'keyring-secret-4711';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('the keyring of a desktop session', () => {
  let bus: ChildProcess;
  let address = '';
  const session = (): Record<string, string> => ({
    HOME: dir,
    XDG_DATA_HOME: dir,
    DBUS_SESSION_BUS_ADDRESS: address,
  });

  beforeAll(async () => {
    bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(bus.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    address = line.toString().trim();
    await runOrThrow('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
      env: session(),
      input: 'pw',
    });
    const store = ['store', '--label=test', 'service', 'bottle-test', 'account', 'me'];
    await runOrThrow('secret-tool', store, { env: session(), input: SECRET });
  });
  // The keyring ends with its bus.
  afterAll(() => void bus.kill());

  test('the keyring returns the stored value, and nothing else', async () => {
    for (const [name, value] of Object.entries(session())) vi.stubEnv(name, value);
    expect((await readSecret({ kind: 'keyring', service: 'bottle-test', account: 'me' }))()).toBe(SECRET);
    await expect(
      readSecret({ kind: 'keyring', service: 'bottle-test', account: 'other' }),
    ).rejects.toMatchObject({
      code: 'dependencyMissing',
      fix: expect.stringContaining('secret-tool store'),
    });
  });

  test('the keyring is absent without a session', async () => {
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', `unix:path=${dir}/none`);
    await expect(
      readSecret({ kind: 'keyring', service: 'bottle-test', account: 'me' }),
    ).rejects.toMatchObject({
      code: 'dependencyMissing',
    });
  });
});

/** Makes a stand-in that prints the secret for exactly these arguments, and fails for any others. */
function standIn(program: string, args: readonly string[]): void {
  const path = join(dir, program);
  const expected = args.map((arg) => `'${arg}'`).join(' ');
  writeFileSync(
    path,
    `#!/bin/sh\nset -f; got="$#:$*"; set -- ${expected}\n[ "$got" = "$#:$*" ] || exit 64\necho ${SECRET}\n`,
  );
  chmodSync(path, 0o755);
  vi.stubEnv('PATH', `${dir}:${process.env['PATH'] ?? ''}`);
}

describe('stand-ins for programs that this host cannot have', () => {
  test('op of 1Password returns a secret: `op read`', async () => {
    standIn('op', ['read', '--no-newline', 'op://Work/Anthropic/api key']);
    const source = { kind: 'onePassword', reference: 'op://Work/Anthropic/api key' } as const;
    expect((await readSecret(source))()).toBe(SECRET);
    await expect(readSecret({ ...source, reference: 'op://Work/Other/key' })).rejects.toMatchObject({
      message: 'op failed (exit code 64), which is to give a secret',
      fix: 'sign in first: op signin',
    });
  });

  test('security of macOS returns a secret: `find-generic-password`', async () => {
    standIn('security', ['find-generic-password', '-w', '-s', 'bottle-test', '-a', 'me']);
    vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin');
    expect((await readSecret({ kind: 'keyring', service: 'bottle-test', account: 'me' }))()).toBe(SECRET);
  });

  test('gh of GitHub returns a token: `gh auth token`', async () => {
    standIn('gh', ['auth', 'token']);
    expect((await readSecret({ kind: 'command', argv: ['gh', 'auth', 'token'] }))()).toBe(SECRET);
  });

  test('a missing program is an error that says what to install', async () => {
    vi.stubEnv('PATH', dir);
    rmSync(join(dir, 'op'), { force: true });
    await expect(readSecret({ kind: 'onePassword', reference: 'op://a/b/c' })).rejects.toMatchObject({
      message: 'op is not installed, which is to give a secret',
      fix: expect.stringContaining('install'),
    });
  });
});
