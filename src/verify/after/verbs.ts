import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { applyTo } from '../../bottle/workspace.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { BottleError, linesOf } from '../../errors.ts';
import { wholeEnvironment } from '../../host/env.ts';
import { run } from '../../host/run.ts';
import { shellLine } from '../../host/shell-words.ts';
import { GUEST } from '../../drivers/driver.ts';
import { ARENAS, sweptName } from '../arena/sweep.ts';

/** Runs our own verbs, as a user does, on a bottle that was attacked from inside. */

const VERB_DEADLINE_MS = 60_000;

const verb = (args: readonly string[]): readonly string[] => [
  process.execPath,
  ...process.execArgv,
  process.argv[1] ?? '',
  ...args,
];

async function runVerb(args: readonly string[]): Promise<string> {
  const [program = '', ...rest] = verb(args);
  const options = { env: wholeEnvironment(), timeoutMs: VERB_DEADLINE_MS };
  const { stdout, stderr } = await run(program, rest, options);
  return stdout + stderr;
}

/** Runs a verb on a terminal, and returns all output unfiltered. */
async function onTerminal(args: readonly string[]): Promise<string> {
  const dir = await mkdtemp(join(ARENAS, sweptName()));
  const command = shellLine(verb(args));
  const options = {
    env: { ...wholeEnvironment(), TERM: 'xterm-256color', SHELL: '/bin/sh' },
    cwd: dir,
    timeoutMs: VERB_DEADLINE_MS,
  };
  try {
    return (await run('script', ['-qefc', command, '/dev/null'], options)).stdout;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A command, for a user joined to the bottle, that prints the files that the attack left. */
const SHOWING = ['sh', '-c', `cat ${join(GUEST.workspace, 'terminal')}/*`];

/** Returns the diff of a running bottle, and what reaches the user's terminal. */
export async function useWhileHeld({ id }: BottleRecord, withTerminal: boolean) {
  const diff = await runVerb(['diff', id]);
  if (!withTerminal) return { diff, screen: '' };
  const screens = [
    ['exec', id, '--', ...SHOWING],
    ['diff', id],
    ['logs', id],
  ];
  const shown: string[] = [];
  for (const args of screens) shown.push(await onTerminal(args));
  return { diff, screen: shown.join('\n') };
}

/**
 * Runs `apply` after the bottle's end, for a user who rejects files that tools obey. Returns why it failed, if it did.
 */
export async function applyWithoutConsent({ id }: BottleRecord): Promise<string | undefined> {
  await runVerb(['diff', id]);
  await runVerb(['apply', id, '--dry-run']);
  try {
    // oxlint-disable-next-line typescript/require-await -- the user need not think about it
    await applyTo(id, async () => false);
    return undefined;
  } catch (error) {
    if (error instanceof BottleError) return linesOf(error).join('; ');
    throw error;
  }
}
