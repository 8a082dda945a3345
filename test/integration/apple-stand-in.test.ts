import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOrThrow } from '../../src/host/run.ts';
import type { Engine, Expectation, Result } from '../support/apple/contract/expectation.ts';
import {
  inspectedFlags,
  listArguments,
  readInspected,
  readListed,
} from '../support/apple/contract/inspected.ts';
import { ISOLATION } from '../support/apple/contract/isolation.ts';
import { PROGRAMS } from '../support/apple/contract/programs.ts';
import { installAppleStandIn } from '../support/apple/install.ts';
import { makeSmallImage, type SmallImage } from '../support/apple/small-image.ts';
import { outcomeOf, type Outcome } from '../support/outcome.ts';

/**
 * The stand-in for Apple's `container` beside real engines: what a command means is the same for all where it is the same command,
 * so that how strict the stand-in is, is itself tested. Apple's own has not been run here.
 */

const NAME = 'apple-contract';
let dir: string;
let image: SmallImage;
let programs: Readonly<Record<Engine, readonly [string, ...string[]]>>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'apple-'));
  mkdirSync(join(dir, 'shared'), { mode: 0o777 });
  writeFileSync(join(dir, 'shared', 'file'), 'words\n');
  const { binDir } = await installAppleStandIn(join(dir, 'stand-in'));
  image = await makeSmallImage(dir);
  programs = {
    container: [join(binDir, 'container')],
    podman: ['podman', '--runtime', 'runc'],
    docker: ['docker'],
  };
  const changes = image.changes.flatMap((change) => ['--change', change]);
  await Promise.all([
    call('container', ['image', 'load', '--input', image.layoutPath]),
    runOrThrow('podman', ['import', ...changes, image.filesPath, image.reference], { timeoutMs: 120_000 }),
    runOrThrow('docker', ['import', ...changes, image.filesPath, image.reference], { timeoutMs: 120_000 }),
  ]);
  for (const engine of ['container', 'podman', 'docker'] as const) {
    const flags = ['--name', NAME, '--network', 'none', '-e', 'KEPT=old', '-w', '/var'];
    const { code, stderr } = await call(engine, [
      'run',
      '-d',
      '--init',
      ...flags,
      image.reference,
      'sleep',
      '600',
    ]);
    if (code !== 0) throw new Error(`${engine} does not start: ${stderr}`);
  }
});

afterAll(async () => {
  for (const engine of ['container', 'podman', 'docker'] as const)
    await call(engine, ['rm', '--force', NAME]);
  for (const engine of ['podman', 'docker']) await runOrThrow(engine, ['rmi', '--force', image.reference]);
  rmSync(dir, { recursive: true, force: true });
});

async function call(engine: Engine, args: readonly string[], stdin?: string): Promise<Outcome> {
  const [program, ...before] = programs[engine];
  return await outcomeOf(spawn(program, [...before, ...args]), stdin === undefined ? {} : { stdin });
}

async function outcomeIn(
  engine: Engine,
  { verb, flags, program, stdin, differs }: Expectation,
): Promise<Outcome> {
  const own = differs?.find(
    ({ engines, flags: others }) => engines.includes(engine) && others !== undefined,
  )?.flags;
  const all = (own ?? flags).map((flag) => flag.replaceAll('{dir}', join(dir, 'shared')));
  const args =
    verb === 'exec'
      ? ['exec', ...all, NAME, ...program]
      : ['run', '--rm', '--network', 'none', ...all, image.reference, ...program];
  return await call(engine, args, stdin);
}

/** Whether it is as said: what is not said may be anything. */
const isAsSaid = ({ code, stdout, stderr }: Outcome, said: Result): boolean =>
  code === said.code &&
  (typeof said.stdout === 'string' ? stdout === said.stdout : (said.stdout?.test(stdout) ?? true)) &&
  (said.stderr?.test(stderr) ?? true);

const isSilent = ({ code, stdout, stderr }: Outcome): boolean => code === 0 && stdout + stderr === '';

describe.each(['container', 'podman', 'docker'] as const)('%s', (engine) => {
  test.each([...PROGRAMS, ...ISOLATION])('$verb: $what', async (expectation) => {
    const own = expectation.differs?.find(
      ({ engines, result }) => engines.includes(engine) && result !== undefined,
    );
    const said = own?.result ?? expectation.result;
    let outcome = await outcomeIn(engine, expectation);
    // Docker's client loses what it has not read when the program ends (moby/moby issue 45689), on a busy host all of it.
    const mostTries = engine === 'docker' ? 3 : 0;
    for (let tries = 0; tries < mostTries && isSilent(outcome); tries += 1)
      outcome = await outcomeIn(engine, expectation);
    expect(isAsSaid(outcome, said), `${JSON.stringify(outcome)} is not ${String(said.stdout)}`).toBe(true);
  });

  test('inspect says what it was made with, and its label finds it', async () => {
    const name = `${NAME}-inspected`;
    const flags = inspectedFlags(join(dir, 'shared'));
    await call(engine, ['create', '--name', name, ...flags, image.reference, 'sleep', '9']);
    const listed = readListed(engine, (await call(engine, listArguments(engine))).stdout);
    const before = readInspected(engine, (await call(engine, ['inspect', name])).stdout);
    await call(engine, ['start', name]);
    const after = readInspected(engine, (await call(engine, ['inspect', name])).stdout);
    await call(engine, ['rm', '--force', name]);
    expect(before).toMatchObject({
      isRunning: false,
      label: 'yes',
      env: expect.arrayContaining(['A=b', 'FROM_IMAGE=yes']) as string[],
      program: ['sleep', '9'],
      workdir: '/var',
      memoryBytes: 256 * 2 ** 20,
      isReadOnly: true,
      hasNetwork: false,
      shared: { source: join(dir, 'shared'), target: '/shared', isReadOnly: true },
    });
    expect(listed).toEqual([name]);
    expect(before.capDrop.length).toBeGreaterThan(0);
    expect(after).toMatchObject({ isRunning: true });
  });
});
