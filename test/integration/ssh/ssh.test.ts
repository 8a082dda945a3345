import { mkdirSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { makeHome, RUNTIMES, type Home } from '../../support/home.ts';
import type { Outcome } from '../../support/outcome.ts';
import { KEYS } from '../../support/terminal.ts';
import { processesWith } from '../../support/traces.ts';
import { logIn, makeKey, startServer, type TestKey, type TestServer } from './ssh.server.ts';

/**
 * SSH from a bottle to real servers: the key is outside, works for its own server, and for nothing else. The servers'
 * own logs show the logins.
 */

let home: Home;
let key: TestKey;
let otherKey: TestKey;
/** The server where the bottle may log in with `key`. */
let git: TestServer;
/** A server that accepts `key` as well; the bottle may connect to it, with `otherKey`. */
let tempting: TestServer;
let repository: string;

beforeAll(async () => {
  home = makeHome();
  const dir = join(home.dir, 'ssh');
  mkdirSync(dir, { mode: 0o700 });
  key = await makeKey(join(dir, 'id_bot'));
  otherKey = await makeKey(join(dir, 'id_other'));
  git = await startServer([key]);
  tempting = await startServer([key]);
  repository = join(dir, 'repository.git');
  await runOrThrow('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
  home.project('project', { 'README.md': 'A project.\n' });
}, 60_000);

afterAll(async () => {
  git.stop();
  tempting.stop();
  await home.remove();
});

const entry = (host: string, server: TestServer, more: object = {}): object => ({
  host,
  port: server.port,
  user: server.user,
  identity: key.path,
  known_host: server.hostKey,
  addresses: ['127.0.0.1'],
  ...more,
});

function startArgs(runtime: string, ssh: readonly object[], script: string): string[] {
  const manifest = home.manifest({
    bottles: { box: { ssh } },
    agents: { worker: { bottle: 'box', agent: 'custom', command: ['/bin/sh'] } },
  });
  const options = ['--manifest', manifest, '--yes', '--runtime', runtime];
  return ['start', 'worker', join(home.dir, 'project'), ...options, '--', '-c', script];
}

const inBottle = async (
  runtime: string,
  ssh: readonly object[],
  { script, stdin = '' }: { readonly script: string; readonly stdin?: string },
): Promise<Outcome> => await home.run(startArgs(runtime, ssh, script), { stdin });

describe.each(RUNTIMES)('%s', (runtime) => {
  test('ssh and git work with a key that stays outside, and the start says so', async () => {
    const before = git.logins();
    const script = `
      ssh git.test echo said by ssh
      git clone --quiet ssh://git.test${repository} /tmp/clone && cd /tmp/clone || exit
      git -c user.name=x -c user.email=x@x.test commit --quiet --allow-empty -m '${runtime} was here'
      git push --quiet origin HEAD:main && echo pushed`;
    const outcome = await inBottle(runtime, [entry('git.test', git)], { script });
    expect(outcome.stdout).toBe('said by ssh\npushed\n');
    expect(git.logins()).toBe(before + 3);
    expect(await runOrThrow('git', ['-C', repository, 'log', '-1', '--format=%s', 'main'])).toBe(
      `${runtime} was here\n`,
    );
    expect(outcome.stderr).toContain(`${key.path} stays outside`);
    expect(outcome.stderr).toContain(`git.test:${git.port} as ${git.user}`);
  });

  test('the key is nowhere in the bottle, nor are its folder and comment', async () => {
    const needle = readFileSync(key.path, 'utf8').split('\n')[2] ?? '';
    const script = `
      read -r needle
      look() { printf '%s' "$needle" | grep -rslF -f - /etc /run /home /tmp /var /work /dev/shm \
        /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null; }
      look; echo looked
      printf '%s' "$needle" >/tmp/planted; look
      ls -A ~/.ssh; ls '${key.path}' 2>/dev/null
      ssh-add -L`;
    const { stdout } = await inBottle(runtime, [entry('git.test', git)], { script, stdin: `${needle}\n` });
    expect(stdout).toBe(`looked\n/tmp/planted\nconfig\n${key.publicKey} \n`);
    expect(needle).toHaveLength(70);
  });

  test('another server that would accept the key gets no signature', async () => {
    expect(await logIn(tempting, key, 'echo in the open')).toBe('in the open\n');
    const [logins, connections] = [tempting.logins(), tempting.connections()];
    const script = `ssh tempting.test echo got in; echo $?; ssh-add -L | wc -l`;
    const servers = [entry('git.test', git), entry('tempting.test', tempting, { identity: otherKey.path })];
    const { stdout, stderr } = await inBottle(runtime, servers, { script });
    expect(stdout).toBe('255\n2\n');
    expect(stderr).toContain('Permission denied (publickey)');
    expect(tempting.connections()).toBeGreaterThan(connections);
    expect(tempting.logins()).toBe(logins);
  });

  test('another user, another port, and a client outside a session get no signature', async () => {
    const logins = git.logins();
    const script = `
      ssh ${git.user}@git.test echo got in
      ssh -p 22 git.test echo got in
      ssh unlisted.test echo got in
      ssh-add -L >/tmp/key.pub; echo x | ssh-keygen -Y sign -n file -f /tmp/key.pub`;
    const forStranger = entry('git.test', git, { user: 'stranger' });
    const { stdout, stderr } = await inBottle(runtime, [forStranger], { script });
    expect(stdout).toBe('');
    expect(stderr).toContain('sign_and_send_pubkey: signing failed');
    expect(stderr).toContain(`allows port ${git.port} only`);
    expect(stderr).toContain('no rule allows this host');
    expect(stderr).toContain("Couldn't sign message (signer): agent refused operation");
    expect(git.logins()).toBe(logins);
  });

  test("a server with another key than the manifest's is refused", async () => {
    const logins = git.logins();
    const changed = entry('git.test', git, { known_host: tempting.hostKey });
    const script = 'ssh git.test echo got in; ssh -o StrictHostKeyChecking=no git.test echo got in';
    const { stdout, stderr } = await inBottle(runtime, [changed], { script });
    expect(stdout).toBe('');
    expect(stderr).toContain('Host key verification failed');
    expect(git.logins()).toBe(logins);
  });

  test('the holder ends with the bottle, and gc ends it where the launcher was killed', async () => {
    const child = home.spawn(startArgs(runtime, [entry('git.test', git)], 'echo up; sleep 600'));
    while (!String(await once(child.stdout ?? child, 'data')).includes('up'));
    const { id = '' } = (await home.list()).find(({ state }) => state === 'running') ?? {};
    const holders = (): number => processesWith([id]).filter(({ text }) => /keys\.pl/.test(text)).length;
    expect(holders()).toBeGreaterThan(0);
    child.kill('SIGKILL');
    await once(child, 'close');
    await home.run(['gc']);
    expect(processesWith([id])).toEqual([]);
    const ended = await inBottle(runtime, [entry('git.test', git)], { script: 'true' });
    expect(ended.code).toBe(0);
    expect(processesWith([home.bottlesDir])).toEqual([]);
  });
});

test('a detached bottle keeps its keys until it ends', async () => {
  const terminal = home.terminal(startArgs('bubblewrap', [entry('git.test', git)], 'echo up; sleep 600'));
  await terminal.shows(/^up$/m);
  terminal.type(KEYS.detach);
  expect(await terminal.ended()).toBe(0);
  const { id = '' } = (await home.list()).find(({ state }) => state === 'detached') ?? {};
  expect(await home.run(['exec', id, '--', 'ssh', 'git.test', 'echo still'])).toMatchObject({
    stdout: 'still\n',
  });
  await home.run(['stop', id]);
  expect(processesWith([id])).toEqual([]);
});

describe('keys that cannot work', () => {
  const refused = async (more: object): Promise<Outcome> =>
    await inBottle('bubblewrap', [entry('git.test', git, more)], { script: 'echo ran' });

  test('a start refuses a key that is missing, invalid or readable by others', async () => {
    const open = await makeKey(join(home.dir, 'ssh', 'open'));
    await run('chmod', ['644', open.path]);
    await run('chmod', ['600', `${key.path}.pub`]);
    const found = [
      await refused({ identity: join(home.dir, 'ssh', 'nowhere') }),
      await refused({ identity: `${key.path}.pub` }),
      await refused({ identity: open.path }),
      await refused({ known_host: 'ssh-ed25519 AAAAC3' }),
    ];
    expect(found.map(({ code, stdout }) => [code, stdout])).toEqual(found.map(() => [3, '']));
    expect(found.map(({ stderr }) => /bot-bottle\.yaml:\d+:\d+: .*/.exec(stderr)?.[0])).toEqual([
      expect.stringContaining('is not there'),
      expect.stringContaining('is not a private key'),
      expect.stringContaining('can be read by others'),
      expect.stringContaining('known_host is not a public key'),
    ]);
  });

  test('a start refuses two files with the same key, whose limits would mix', async () => {
    await runOrThrow('cp', ['-p', key.path, join(home.dir, 'ssh', 'copy')]);
    const servers = [
      entry('git.test', git),
      entry('tempting.test', tempting, { identity: join(home.dir, 'ssh', 'copy') }),
    ];
    const { code, stderr } = await inBottle('bubblewrap', servers, { script: 'echo ran' });
    expect(code).toBe(3);
    expect(stderr).toContain('2 identities are 1 different keys');
  });
});

test('a passphrase is asked for at the terminal, and goes only to ssh-add', async () => {
  const locked = await makeKey(join(home.dir, 'ssh', 'locked'), 'open sesame');
  const server = await startServer([locked]);
  const servers = [entry('git.test', server, { identity: locked.path })];
  const args = startArgs('bubblewrap', servers, 'ssh git.test echo got in; sleep 1');
  const terminal = home.terminal(args, { columns: 120 });
  await terminal.shows(/Enter passphrase for /);
  terminal.type('open sesame\r');
  await terminal.shows(/^got in$/m);
  expect(await terminal.ended()).toBe(0);
  expect(terminal.received()).not.toContain('sesame');
  server.stop();
});
