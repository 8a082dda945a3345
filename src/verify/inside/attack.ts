import { join } from 'node:path';
import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { GUEST } from '../../drivers/driver.ts';
import { ATTACK_PROGRAM } from '../arena/programs.ts';
import type { Targets } from '../arena/targets.ts';
import type { User } from '../probes/probe.ts';
import { parseAgentMessage, type AgentMessage } from './agent-messages.ts';

/** The result of running probes in a bottle as one user. */
export interface AttackRun {
  readonly words: readonly AgentMessage[];
  /** The size of the kept output, in bytes. */
  readonly keptBytes: number;
  /** The whole output, to search for values that the bottle must not know. */
  readonly said: string;
  /** The end of the program's standard error. */
  readonly complaint: string;
}

/**
 * Timeout in milliseconds: attempts have separate deadlines, and those that run in sequence add up to this on the
 * slowest host.
 */
const DEADLINE_MS = 240_000;
/** Runs the attack program; its input comes on standard input. */
export const ATTACK_ARGV: readonly string[] = ['node', join(GUEST.workspace, ATTACK_PROGRAM), '-'];

export interface AttackOrder {
  readonly record: BottleRecord;
  readonly user: User;
  readonly targets: Targets;
  /** Aborts the attack, and everything after it. */
  readonly signal: AbortSignal;
}

/** Runs the attempts. Treats the program's output as an attacker's. @throws the signal's reason */
export async function attack({ record, user, targets, signal }: AttackOrder): Promise<AttackRun> {
  signal.throwIfAborted();
  const { stdout, stderr, keptBytes } = await runBeside(record, {
    argv: ATTACK_ARGV,
    asRoot: user === 'root',
    input: JSON.stringify(targets),
    deadlineMs: DEADLINE_MS,
    signal,
  });
  signal.throwIfAborted();
  const words = stdout.split('\n').flatMap((line) => parseAgentMessage(line) ?? []);
  return { words, keptBytes, said: stdout + stderr, complaint: stderr.trim().slice(-500) };
}
