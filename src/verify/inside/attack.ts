import { join } from 'node:path';
import { runBeside } from '../../bottle/session/beside.ts';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { GUEST } from '../../drivers/driver.ts';
import { ATTACK_PROGRAM } from '../arena/programs.ts';
import type { Targets } from '../arena/targets.ts';
import type { User } from '../probes/probe.ts';
import * as z from 'zod';
import { escapeText } from '../../ui/terminal/text.ts';

/**
 * Messages that the attack program prints, one JSON object per line. They come out of a bottle, so an attacker may have
 * written them: they are parsed by shape, and nothing that the host can observe itself is taken from them.
 */

const LIMIT = 500;
const text = z.string().transform((value) => escapeText(value.trim().slice(0, LIMIT)));

const WORD = z.union([
  z.object({ begins: text, command: text.optional() }).transform(({ begins, command }) => ({
    kind: 'begins' as const,
    what: command ?? begins,
  })),
  z.object({ control: text, ok: z.boolean(), said: text }).transform((word) => ({
    kind: 'control' as const,
    ...word,
  })),
  // The last message: the program that printed it was not killed.
  z.object({ done: z.literal(true) }).transform(() => ({ kind: 'done' as const })),
  z.object({ attempt: text, met: text }).transform((word) => ({ kind: 'attempt' as const, ...word })),
]);

export type AgentMessage = z.infer<typeof WORD>;

/** Parses one line; undefined if it is no known message. */
export function parseAgentMessage(line: string): AgentMessage | undefined {
  try {
    return WORD.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

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
