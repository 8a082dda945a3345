import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadEnvironment } from '../../../src/host/env.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { run, runOrThrow, spawnProgram, type RunOptions, type RunResult } from '../../../src/host/run.ts';
import { isRoot } from '../../../src/host/user.ts';

/** `./bot-bottle` in a clone whose program is replaced by one that prints its input. */

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'bot-bottle launcher '));
const clone = join(folder, 'clone');
const launcher = join(clone, 'bot-bottle');

const PARROT = `
import { readFileSync } from 'node:fs';
export async function main(args: readonly string[]): Promise<void> {
  console.log(JSON.stringify({ args, cwd: process.cwd(), stdin: readFileSync(0, 'utf8') }));
}
`;

const launch = async (args: readonly string[], options: RunOptions = {}): Promise<RunResult> =>
  await run('dash', [launcher, ...args], {
    timeoutMs: 5 * MINUTES,
    ...options,
    env: { ...downloadEnvironment(), ...options.env },
  });

/** Makes a folder of programs to use as the whole PATH; `extra` are scripts. */
function programs(
  name: string,
  linked: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): string {
  const dir = join(folder, name);
  mkdirSync(dir);
  for (const path of linked) symlinkSync(path, join(dir, basename(path)));
  for (const [file, text] of Object.entries(extra)) writeFileSync(join(dir, file), text, { mode: 0o755 });
  return dir;
}

const BASICS = ['/usr/bin/dash', '/usr/bin/find', '/usr/bin/id'];

const touch = (path: string): void => utimesSync(join(clone, path), new Date(), new Date());

beforeAll(() => {
  chmodSync(folder, 0o755);
  const left = new Set(['node_modules', 'dist', '.git', 'coverage']);
  cpSync(packageRoot(), clone, {
    recursive: true,
    filter: (path) => dirname(relative(packageRoot(), path)) !== '.' || !left.has(basename(path)),
  });
  for (const program of ['cli.ts', 'gateway/main.ts']) writeFileSync(join(clone, 'src', program), PARROT);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the launcher's first run", () => {
  it('the first run survives that the run before it was killed half way', async () => {
    const killed = spawnProgram('dash', [launcher], { stdio: 'ignore', env: downloadEnvironment() });
    await sleep(1_500);
    killed.kill('SIGKILL');
    expect(await launch([])).toMatchObject({ exitCode: 0 });
    rmSync(join(clone, 'node_modules'), { recursive: true });
    rmSync(join(clone, 'dist'), { recursive: true });
  });

  it('the first run installs and builds once, even if two start at once, and says so apart from the output', async () => {
    symlinkSync('clone', join(folder, 'link to clone'));
    symlinkSync('link to clone/bot-bottle', join(folder, 'chain'));
    const args = ['start', 'two words', '', '--', '-x'];
    const options = { cwd: folder, input: 'a prompt', timeoutMs: 5 * MINUTES, env: downloadEnvironment() };
    const results = await Promise.all([
      run('dash', ['./chain', ...args], options),
      run(join(folder, 'chain'), args, options),
    ]);
    for (const { exitCode, stdout } of results) {
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ args, cwd: folder, stdin: 'a prompt' });
    }
    const said = results.map(({ stderr }) => stderr).join('\n');
    expect(said.match(/installing the packages/g)).toHaveLength(1);
    expect(said.match(/^bot-bottle: building/gm)).toHaveLength(1);
    expect(said).toContain('another bot-bottle is preparing this clone');
  });
});

describe("the launcher's later runs", () => {
  it('a later run prints nothing and needs neither npm nor a builder', async () => {
    const PATH = programs('only node', [...BASICS, process.execPath]);
    expect(await launch(['ls'], { env: { PATH } })).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('a later run builds again after a source was changed or removed, and then not again', async () => {
    const extra = join(clone, 'src', 'extra.ts');
    for (const change of [() => writeFileSync(extra, ''), () => rmSync(extra)]) {
      change();
      expect((await launch([])).stderr).toContain('building');
      expect((await launch([])).stderr).toBe('');
    }
  });

  it('a later run installs again after the lock file was changed', async () => {
    touch('package-lock.json');
    expect((await launch([])).stderr).toContain('installing');
    expect((await launch([])).stderr).toBe('');
  });
});

describe('a launcher that lacks something', () => {
  it('a missing or old Node is reported with the command to type', async () => {
    const none = await launch([], { env: { PATH: programs('no node', BASICS) } });
    expect(none).toMatchObject({ exitCode: 5, stdout: '' });
    expect(none.stderr).toMatch(/no node on PATH[^]*\n {2}\w/);
    const old = '#!/bin/sh\ncase $1 in -p) echo 18 ;; *) echo v18.0.0 ;; esac\n';
    const tooOld = await launch([], { env: { PATH: programs('old node', BASICS, { node: old }) } });
    expect(tooOld).toMatchObject({ exitCode: 5, stdout: '' });
    expect(tooOld.stderr).toContain('v18.0.0');
  });

  it("nothing is installed over a link, because npm would empty another clone's folder", async () => {
    const [modules, elsewhere] = [join(clone, 'node_modules'), join(folder, 'modules of another clone')];
    renameSync(modules, elsewhere);
    symlinkSync(elsewhere, modules);
    touch('package-lock.json');
    const before = readdirSync(elsewhere);
    const result = await launch([]);
    expect(readdirSync(elsewhere)).toEqual(before);
    expect(result).toMatchObject({ exitCode: 5, stdout: '' });
    expect(result.stderr).toContain(`rm '${modules}'`);
    rmSync(modules);
    renameSync(elsewhere, modules);
    expect(await launch([])).toMatchObject({ exitCode: 0 });
  });

  it('a failed build shows its reason, and runs nothing', async () => {
    writeFileSync(join(clone, 'src', 'cli.ts'), 'const broken = ;\n');
    const result = await launch([]);
    writeFileSync(join(clone, 'src', 'cli.ts'), PARROT);
    expect(result).toMatchObject({ exitCode: 5, stdout: '' });
    expect(result.stderr).toContain('src/cli.ts:1:15');
  });
});

/** Runs as a user other than the clone's owner. Without root, the test removes the write permission instead. */
describe('a clone of another user', () => {
  const asStranger = async (): Promise<RunResult> => {
    if (isRoot()) {
      const drop = ['--reuid=65534', '--regid=65534', '--clear-groups', 'dash', launcher];
      return await run('setpriv', drop, { cwd: '/' });
    }
    await runOrThrow('chmod', ['-R', 'a-w', clone]);
    const result = await launch([]);
    await runOrThrow('chmod', ['-R', 'u+w', clone]);
    return result;
  };

  it("another user's clone runs where it is built, and names its owner where it is not", async () => {
    await launch([]);
    expect(await asStranger()).toMatchObject({ exitCode: 0, stderr: '' });
    touch('src/cli.ts');
    const stale = await asStranger();
    expect(stale).toMatchObject({ exitCode: 5, stdout: '' });
    expect(stale.stderr).toContain(`cannot write to ${clone}`);
    expect(stale.stderr).toContain('Let its owner run');
  });
});
