import { join } from 'node:path';
import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { GUEST } from '../../drivers/driver.ts';
import { ATTACK_PROGRAM } from '../arena/programs.ts';
import type { Targets } from '../arena/targets.ts';
import type { User } from '../probes/probe.ts';
import { parseAgentMessage, type AgentMessage } from './agent-messages.ts';

/** The probes made in a running bottle, by one user. */
export interface AttackRun {
  readonly words: readonly AgentMessage[];
  /** How much of it was kept, in bytes. */
  readonly keptBytes: number;
  /** All that was said, for what should not be known there. */
  readonly said: string;
  /** What the program complained of, where it said nothing of its own. */
  readonly complaint: string;
}

/** All attempts have deadlines of their own; those that are made one after the other come to this on the slowest host. */
const DEADLINE_MS = 240_000;
/** What is asked for comes by the standard input. */
export const ATTACK_ARGV: readonly string[] = ['node', join(GUEST.workspace, ATTACK_PROGRAM), '-'];

export interface AttackOrder {
  readonly record: BottleRecord;
  readonly user: User;
  readonly targets: Targets;
  /** Ends the attack, and all that would come after it. */
  readonly signal: AbortSignal;
}

/** Makes them. What the program says is read as anything that an attacker writes. @throws the signal's reason */
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
