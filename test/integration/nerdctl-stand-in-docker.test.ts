import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOrThrow } from '../../src/host/run.ts';
import { makeSmallImage } from '../support/apple/small-image.ts';
import { openBench, type Bench } from '../support/nerdctl/bench.ts';
import { outcomeOf, type Outcome } from '../support/outcome.ts';

/**
 * The stand-in for `nerdctl` beside the real Docker: nerdctl means to be the same where it has the same command, so that how strict
 * the stand-in is, is itself tested. An exit code is compared as "went" or "failed": nerdctl's exec has 1 for all.
 */

const NAME = 'nerdctl-contract';
const ENGINES = ['nerdctl', 'docker'] as const;
type Engine = (typeof ENGINES)[number];
/** Another than that of a contract that is tried at the same time. */
const DOCKER_IMAGE = 'localhost/nerdctl-contract:1';

let dir: string;
let bench: Bench;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nerdctl-docker-'));
  mkdirSync(join(dir, 'shared'), { mode: 0o777 });
  writeFileSync(join(dir, 'shared', 'file'), 'words\n');
  bench = await openBench();
  const { filesPath, changes } = await makeSmallImage(dir);
  const said = changes.flatMap((change) => ['--change', change]);
  await runOrThrow('docker', ['import', ...said, filesPath, DOCKER_IMAGE], { timeoutMs: 120_000 });
  for (const engine of ENGINES) {
    await done(create(engine, NAME));
    await done(call(engine, ['start', NAME]));
  }
});

afterAll(async () => {
  for (const engine of ENGINES) await call(engine, ['rm', '--force', NAME, `${NAME}-2`]);
  await runOrThrow('docker', ['rmi', '--force', DOCKER_IMAGE]);
  await bench.close();
  rmSync(dir, { recursive: true, force: true });
});

async function call(engine: Engine, args: readonly string[], stdin?: string): Promise<Outcome> {
  const program = engine === 'docker' ? 'docker' : bench.program;
  return await outcomeOf(spawn(program, args), stdin === undefined ? {} : { stdin });
}

/** Without a network, and closed as far as both can say it. */
const FLAGS =
  '--network none --read-only --cap-drop ALL --env KEPT=old --user 1000:1000 --hostname named --tmpfs /tmp:size=16m,mode=1777';

async function create(engine: Engine, name: string): Promise<Outcome> {
  const image = engine === 'docker' ? DOCKER_IMAGE : bench.image;
  const shared = ['--volume', `${join(dir, 'shared')}:/shared:ro`];
  return await call(engine, [
    'create',
    '--name',
    name,
    ...FLAGS.split(' '),
    ...shared,
    image,
    'sleep',
    '600',
  ]);
}

/** @throws Error where it fails */
async function done(outcome: Promise<Outcome>): Promise<void> {
  const { code, stderr } = await outcome;
  if (code !== 0) throw new Error(stderr);
}

/** As both list it; undefined where it is not there. */
async function statusOf(engine: Engine, name: string): Promise<string | undefined> {
  const list = ['ps', '--all', '--format', '{{.Names}}={{.Status}}'];
  const lines = (await call(engine, list)).stdout.split('\n').map((line) => line.split('='));
  return lines.find(([listed]) => listed === name)?.[1];
}

interface Said {
  readonly flags?: readonly string[];
  readonly program: readonly string[];
  readonly stdin?: string;
  readonly went: boolean;
  readonly stdout: RegExp;
}

const EXEC: readonly (Said & { readonly what: string })[] = [
  { what: 'words', program: ['echo', 'a  b', '-i'], went: true, stdout: /^a  b -i\n$/ },
  { what: 'a failure', program: ['sh', '-c', 'echo out; exit 7'], went: false, stdout: /^out\n$/ },
  { what: 'no such program', program: ['gone'], went: false, stdout: /^(?:OCI runtime exec failed.*\s*)?$/ }, // Docker's goes here
  { what: 'nothing to read', program: ['cat'], stdin: 'words', went: true, stdout: /^$/ },
  { what: 'to read', flags: ['-i'], program: ['cat'], stdin: 'words', went: true, stdout: /^words$/ },
  {
    what: 'a variable is replaced, and a folder and a user are another',
    flags: ['--env', 'KEPT=new', '--workdir', '/var', '--user', '1001:1001'],
    program: ['sh', '-c', 'echo $KEPT; pwd; id -u'],
    went: true,
    stdout: /^new\n\/var\n1001\n$/,
  },
  { what: 'the user of the container', program: ['id', '-u'], went: true, stdout: /^1000\n$/ },
  { what: 'its name', program: ['hostname'], went: true, stdout: /^named\n$/ },
  { what: 'a root that is read', program: ['touch', '/var/x'], went: false, stdout: /^$/ },
  { what: 'a tmpfs that is written', program: ['touch', '/tmp/x'], went: true, stdout: /^$/ },
  { what: 'a folder that is shared', program: ['cat', '/shared/file'], went: true, stdout: /^words\n$/ },
  { what: 'and is only read', program: ['touch', '/shared/x'], went: false, stdout: /^$/ },
  {
    what: 'no capability',
    flags: ['--user', '0:0'],
    program: ['grep', 'CapEff', '/proc/self/status'],
    went: true,
    stdout: /^CapEff:\t0000000000000000\n$/,
  },
  {
    what: 'no interface but its loopback',
    program: ['sh', '-c', 'ls /sys/class/net'],
    went: true,
    stdout: /^lo\n$/,
  },
];

describe.each(ENGINES)('%s', (engine) => {
  test.each(EXEC)('exec: $what', async ({ flags = [], program, stdin, went, stdout }) => {
    const outcome = await call(engine, ['exec', ...flags, NAME, ...program], stdin);
    expect(outcome.code === 0).toBe(went);
    expect(outcome.stdout).toMatch(stdout);
  });

  test.each<readonly [string, readonly string[]]>([
    ['a container that is not there', ['exec', 'gone', 'true']],
    ['a container that is not there', ['container', 'inspect', 'gone']],
    ['a container that is not there', ['start', 'gone']],
    ['a flag that is not there', ['create', '--no-such-flag', 'image']],
    ['a verb that is not there', ['no-such-verb']],
    ['a container that runs is not removed', ['rm', NAME]],
  ])('%s: %j fails', async (_what, args) => {
    const { code, stderr } = await call(engine, args);
    expect(code).not.toBe(0);
    expect(stderr).not.toBe('');
    expect(await statusOf(engine, NAME)).toMatch(/^Up/);
  });

  test('a name is taken once; what is killed runs no more, lets nobody in, and can be removed', async () => {
    expect((await create(engine, NAME)).code).not.toBe(0);
    const other = `${NAME}-2`;
    expect((await create(engine, other)).code).toBe(0);
    expect(await statusOf(engine, other)).toMatch(/^Created/);
    expect((await call(engine, ['exec', other, 'true'])).code).not.toBe(0);
    expect((await call(engine, ['start', other])).code).toBe(0);
    expect((await call(engine, ['kill', '--signal', 'KILL', other])).code).toBe(0);
    await expect
      .poll(async () => await statusOf(engine, other), { timeout: 10_000 })
      .toMatch(/^Exited \(137\)/);
    expect((await call(engine, ['exec', other, 'true'])).code).not.toBe(0);
    expect((await call(engine, ['rm', other])).code).toBe(0);
    expect(await statusOf(engine, other)).toBeUndefined();
  });
});
