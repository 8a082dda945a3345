import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeHome, type Home } from '../../support/home.ts';
import { outcomeOf, type Outcome } from '../../support/outcome.ts';

/** Faults on the user's side: the message names the fault and the fix, and never calls it a bug. */

let home: Home;
let project: string;
let manifest: string;
let id: string;
let startArgs: readonly string[];
beforeAll(async () => {
  home = makeHome();
  project = home.project('project', { 'README.md': 'A project.\n' });
  manifest = home.manifest({
    bottles: { box: { runtime: 'bubblewrap' } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  startArgs = ['start', 'worker', project, '--manifest', manifest, '--yes', '--', 'sh', '-c'];
  await home.run([...startArgs, 'echo made > new.txt']);
  id = (await home.list())[0]?.id ?? '';
});
afterAll(async () => await home.remove());

const program = (): readonly string[] => [process.execPath, join(home.dir, 'package', 'dist', 'cli.cjs')];

/** Runs a shell script that gets the program and its arguments as `"$@"`. */
const runBy = async (
  script: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<Outcome> =>
  await outcomeOf(
    spawn('sh', ['-c', script, 'sh', ...program(), ...args], {
      cwd: home.dir,
      env: { ...home.env, ...more },
      stdio: 'pipe',
    }),
  );

const told = (code: number, message: string | RegExp, fix: string): object => ({
  code,
  stderr: expect.stringMatching(
    new RegExp(
      `^error: .*${message instanceof RegExp ? message.source : message}.*\nwhat to do: .*${fix}`,
      'm',
    ),
  ) as string,
});

test('a home folder inside a system folder that bottles see is refused', async () => {
  const places = { XDG_STATE_HOME: 'state', XDG_CONFIG_HOME: 'config', XDG_CACHE_HOME: 'cache' };
  const own = Object.entries(places).map(([name, folder]) => [name, join(home.dir, 'elsewhere', folder)]);
  const env = { ...(Object.fromEntries(own) as Record<string, string>), HOME: '/usr/share/bb-nobody' };
  const outcome = await home.run([...startArgs, 'true'], { env });
  expect(outcome).toMatchObject(
    told(7, 'your home folder.* shows in /usr/share[^]*', 'outside of /usr/share'),
  );
});

describe('a state folder that cannot be made', () => {
  const argsOf = (verb: string): readonly string[] =>
    verb === 'start' ? [...startArgs, 'true'] : verb.split(' ');
  const VERBS = ['logs key', 'start'];
  const READING = ['ls', 'gc', ...VERBS];

  test.each(VERBS)('a state folder below /proc is refused: %s', async (verb) => {
    const outcome = await home.run(argsOf(verb), { env: { XDG_STATE_HOME: '/proc/none/here' } });
    expect(outcome).toMatchObject(told(5, 'cannot be written: ENOENT', 'XDG_STATE_HOME'));
  });

  test.each(READING)('a state folder where a file is is refused: %s', async (verb) => {
    writeFileSync(join(home.dir, 'file'), '');
    const outcome = await home.run(argsOf(verb), { env: { XDG_STATE_HOME: join(home.dir, 'file') } });
    expect(outcome).toMatchObject(told(5, 'cannot be (written|read): ENOTDIR', 'move the file away'));
  });

  test('a cache folder that cannot be made is refused, without waiting for ever', async () => {
    const outcome = await home.run(['ls'], { env: { XDG_CACHE_HOME: '/proc/none/here' } });
    expect(outcome.code).toBe(0);
  });
});

test.each(['apply', 'diff', 'rm --force'])(
  'a read-only state folder is reported by %s, and the work is kept',
  async (verb) => {
    const state = join(home.dir, 'state');
    const script = `mount --bind ${state} ${state} && mount -o remount,bind,ro ${state} && exec "$@"`;
    const args = [...verb.split(' '), id];
    const outcome = await runBy(`exec unshare --mount sh -c '${script}' sh "$@"`, args);
    expect(outcome).toMatchObject(told(5, 'cannot be written: EROFS', 'remount'));
    expect((await home.run(['diff', id])).stdout).toContain('+made');
  },
);

test('init reports a full disk, and leaves nothing that would block the next try', async () => {
  const full = join(home.dir, 'full');
  mkdirSync(full);
  const fill = `mount -t tmpfs -o size=4k none ${full} && head -c 4096 /dev/zero >${full}/filler`;
  const script = `${fill}; "$@"; code=$?; ls ${full}; exit $code`;
  const outcome = await runBy(`exec unshare --mount sh -c '${script}' sh "$@"`, ['init', full]);
  expect(outcome).toMatchObject({ ...told(5, 'cannot be written: ENOSPC', 'make room'), stdout: 'filler\n' });
});

test('apply names the place of a project that was moved, and works when it is back', async () => {
  const elsewhere = `${project}-moved`;
  renameSync(project, elsewhere);
  for (const more of [[], ['--dry-run']])
    expect(await home.run(['apply', id, ...more])).toMatchObject(
      told(2, `the project is not at ${project} any more`, 'move it back'),
    );
  symlinkSync(elsewhere, project);
  expect((await home.must(['apply', id, '--dry-run'])).stdout).toContain('new.txt');
  rmSync(project);
  renameSync(elsewhere, project);
  expect((await home.must(['apply', id])).stdout).toContain('new.txt');
});

test('a removed current folder is reported', async () => {
  const gone = join(home.dir, 'gone');
  mkdirSync(gone);
  const outcome = await runBy(`cd ${gone} && rmdir ${gone} && exec "$@"`, ['trust']);
  expect(outcome).toMatchObject(told(2, 'the current folder was removed', 'cd'));
});

test('a HOME that is not an absolute path is not taken as a folder of the project', async () => {
  const env = { HOME: '', XDG_STATE_HOME: '', XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '' };
  const { stderr } = await home.run(['trust'], { env, cwd: project });
  expect(stderr).toMatch(/looked for (~|\/).*\/bot-bottle\/bot-bottle.yaml/);
});

test.each([
  ['init /etc/passwd', 'name the project’s folder'],
  ['init /proc', 'in which you may write'],
  ['init not/there', 'mkdir -p .*/not/there'],
  ['logs verify --file /etc/hosts --key /etc', 'logs key'],
  ['start worker --prompt-file /not/there', 'name a readable file'],
  ['start worker --set =1', 'leave it out'],
])('%s names the remedy', async (line, fix) => {
  const more = line.startsWith('start') ? ['--manifest', manifest, '--yes'] : [];
  expect(await home.run([...line.split(' '), ...more])).toMatchObject(told(2, '', fix));
});

test("an unknown user without a HOME is asked to set one, and gets no other user's", async () => {
  const become = 'exec setpriv --reuid 54321 --regid 54321 --clear-groups "$@"';
  const unset = {
    HOME: undefined,
    XDG_STATE_HOME: undefined,
    XDG_CACHE_HOME: undefined,
    XDG_CONFIG_HOME: undefined,
  };
  expect(await runBy(become, ['ls'], unset)).toMatchObject(told(2, 'where your home folder is', 'set HOME'));
});

test('a command line that is not understood is one JSON object with --json', async () => {
  for (const args of [
    ['nope', '--json'],
    ['ls', '--json', '--nope'],
    ['policy', 'check', '--json'],
  ]) {
    const { code, stdout, stderr } = await home.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'usage', exitCode: 2 } });
  }
});

test('several mistakes in a command line are one JSON object, and each has a remedy in text', async () => {
  const wrong = ['logs', '--verdict', 'maybe', '--since', ''];
  const [asJson, asText] = [await home.run([...wrong, '--json']), await home.run(wrong)];
  expect([asJson.code, asText.code]).toEqual([2, 2]);
  expect(JSON.parse(asJson.stderr)).toEqual({
    error: {
      code: 'usage',
      exitCode: 2,
      message: 'the command line is wrong in 3 ways',
      details: [
        'Expected argument for bottle',
        '--verdict cannot be "maybe": give one of allow, deny',
        'Failed to parse "" for since: it is empty',
      ],
      fix: expect.stringMatching(/logs --help shows the arguments$/) as string,
    },
  });
  expect(asText.stderr.match(/^error: /gm)).toHaveLength(3);
  expect(asText.stderr.match(/^what to do: /gm)).toHaveLength(3);
  expect((await home.run(['ls', '--json=no', '--nope'])).stderr).toMatch(/^error: /);
});

test('help and list are understood, and a distant word gets no suggestion', async () => {
  expect((await home.run(['help'])).stdout).toBe((await home.run(['--help'])).stdout);
  expect((await home.run(['help', 'start'])).stdout).toBe((await home.run(['start', '--help'])).stdout);
  expect((await home.run(['list', '--json'])).stdout).toContain(id);
  expect((await home.run(['strat'])).stderr).toContain('did you mean `start`?');
  expect((await home.run(['hlep'])).stderr).not.toContain('did you mean');
});

test('flags may come before the verb, and the remedy names the intended verb', async () => {
  expect((await home.run(['--json', 'ls'])).stdout).toContain(`"id": "${id}"`);
  for (const [args, help] of [
    [['help', '--json', 'nope'], '--help'],
    [['--json', 'nope'], '--help'],
    [['--json', '--json'], '--help'],
    [['policy', 'nope', '--json'], 'policy --help'],
    [['policy', '--json', 'check'], 'policy check --help'],
    [['logs', '--json', 'verify', '--nope'], 'logs verify --help'],
    [['policy', 'check', 'https://a.test', '--nope', '--json'], 'policy check --help'],
    [['ls', 'nope', '--json'], 'ls --help'],
  ] as const) {
    const { error } = JSON.parse((await home.run(args)).stderr) as { error: { fix: string } };
    expect(error.fix).toMatch(
      new RegExp(`(?:^|bot-bottle |cjs )${help} (?:lists the verbs|shows the arguments)$`),
    );
  }
});
