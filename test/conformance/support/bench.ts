import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import type { BottleRow } from '../../../src/bottle/state/list.ts';
import { programDirs } from '../../../src/verify/arena/programs.ts';
import { startLive, type LiveBottle } from './live.ts';
import { manifestOf, type ManifestParts } from './manifest.ts';
import { layOutProgram, type CallOptions, type Outcome, type Program } from './program.ts';
import { describeRung, type RungUnderTest } from './rung.ts';

/** The tools of the cases: one rung, the program, and a project with the scripts that run in bottles. */
export interface Bench {
  readonly rung: RungUnderTest;
  /** Registers a case, with this rung's deviation from it if there is one. */
  case(name: string, body: () => Promise<void> | void): void;
  /** Valid while tests run. */
  readonly program: Program;
  /** Copied into every bottle as /work: test/conformance/guest, and the programs of the demo and the probes. */
  readonly projectDir: string;
  /** Runs a command as the agent of a new bottle. */
  start(command: readonly string[], options?: StartOptions): Promise<Outcome>;
  /** The same, on the rung that these flags of `start` choose. */
  startWith(flags: readonly string[], command: readonly string[], options?: StartOptions): Promise<Outcome>;
  /** Starts a bottle that runs until it is stopped; `name` is its agent's. */
  live(name: string, command: readonly string[], options?: StartOptions): Promise<LiveBottle>;
  /** Returns the rows of `ls --json`. */
  list(): Promise<BottleRow[]>;
}

export interface StartOptions extends CallOptions {
  readonly manifest?: ManifestParts;
  readonly agent?: string;
  /** Replaces the flags that choose the rung of the bench. */
  readonly flags?: readonly string[];
}

/** Returns the bench, and the functions that set it up and tear it down. */
export function createBench(rung: RungUnderTest) {
  let program: Program | undefined;
  const cases = new Set<string>();
  const running = (): Program => {
    if (program === undefined) throw new Error('the bench is not set up');
    return program;
  };
  const bench: Bench = {
    rung,
    get program() {
      return running();
    },
    get projectDir() {
      return join(running().dir, 'project');
    },
    case: (name, body) => {
      cases.add(name);
      const reason = rung.deviations?.[name];
      const register = reason === undefined ? test : test.fails;
      register(reason === undefined ? name : `${name} (not here: ${reason})`, body);
    },
    start: async (command, options = {}) =>
      await bench.program.run(startArgs(bench, command, options), options),
    startWith: async (flags, command, options = {}) =>
      await bench.program.run(startArgs(bench, command, { ...options, flags }), options),
    live: async (name, command, options = {}) =>
      await startLive(bench, startArgs(bench, command, { agent: name, ...options }), options),
    list: async () => JSON.parse((await bench.program.run(['ls', '--json'])).stdout) as BottleRow[],
  };
  const setUp = async (): Promise<void> => {
    const unknown = Object.keys(rung.deviations ?? {}).filter((name) => !cases.has(name));
    if (unknown.length > 0)
      throw new Error(`${describeRung(rung)} deviates from cases that are not there: ${unknown.join('; ')}`);
    program = await layOutProgram(rung);
    mkdirSync(bench.projectDir);
    for (const source of [join(import.meta.dirname, '..', 'guest'), ...programDirs(['demo', 'verify'])]) {
      cpSync(source, bench.projectDir, { recursive: true });
    }
    const { code, stderr } = await bench.start(['true']);
    if (code !== 0) throw new Error(`${describeRung(rung)} is not to be had on this host: ${stderr}`);
  };
  const tearDown = async (): Promise<void> => {
    if (program === undefined) return;
    for (const { id } of await bench.list()) await program.run(['rm', '--force', id]);
    await program.remove();
  };
  return { bench, setUp, tearDown };
}

let count = 0;

function startArgs(
  { rung, program, projectDir }: Bench,
  command: readonly string[],
  options: StartOptions,
): string[] {
  const agent = options.agent ?? 'tester';
  const manifestPath = join(program.dir, `manifest-${(count += 1)}.yaml`);
  writeFileSync(manifestPath, manifestOf(agent, options.manifest));
  const flags = options.flags ?? ['--runtime', rung.runtime, '--network-form', rung.networkForm];
  const where = ['--manifest', manifestPath, '--yes', ...flags];
  return ['start', agent, projectDir, ...where, '--', ...command];
}
