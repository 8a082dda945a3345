import { setImmediate as turn } from 'node:timers/promises';
import type { Target } from '../target.ts';
import { minimised, readCorpus, writeCorpus } from './corpus.ts';
import { createCoverage, startBlocks, type Coverage, type Ran, type Reached } from './coverage.ts';
import { createExecutor } from './execute.ts';
import { createFailures, type Attempt, type Failures } from './failures.ts';
import { createHeap, type Heap } from './heap.ts';
import { mutate } from './mutate.ts';
import { createRandom, type Random } from './random.ts';

/** The loop: makes an input from kept ones, runs it, and keeps it if it reaches a block that no input has reached. */

export interface Plan {
  readonly name: string;
  readonly target: Target;
  readonly durationMs: number;
  readonly seed: number;
  readonly gc: () => void;
}

export interface Outcome extends Reached {
  readonly name: string;
  readonly seed: number;
  readonly inputs: number;
  readonly perSecond: number;
  readonly corpus: number;
  readonly failures: number;
  readonly grownBytes: number;
  readonly leak: string | undefined;
}

/**
 * Reading the coverage takes some milliseconds. One reading covers a batch of inputs that runs this many times as long.
 */
const WORK_PER_ASKING = 4;
const SMALLEST_BATCH = 16;
const LARGEST_BATCH = 4_096;
const RECENT = 16;
const LOOK_AT_HEAP_EVERY = 2_000;
/** A run stops after this many failures. */
const MOST_FAILURES = 20;

interface State {
  readonly plan: Plan;
  readonly attempt: Attempt;
  readonly failures: Failures;
  readonly heap: Heap;
  readonly takeBlocks: () => Ran;
  readonly coverage: Coverage;
  readonly random: Random;
  readonly tokens: readonly Buffer[];
  readonly kept: Buffer[];
}

/** Runs one target, then writes its minimised corpus. */
export async function fuzz(plan: Plan): Promise<Outcome> {
  const { name, target, durationMs, seed } = plan;
  const attempt = createExecutor(name, target);
  const state: State = {
    plan,
    attempt,
    failures: createFailures(name, attempt),
    heap: createHeap(plan.gc),
    takeBlocks: startBlocks(),
    coverage: createCoverage(),
    random: createRandom(seed),
    tokens: target.tokens.map((token) => Buffer.from(token, 'latin1')),
    kept: [...target.seeds.map((bytes) => Buffer.from(bytes)), ...readCorpus(name)],
  };
  for (const input of state.kept) await run(state, input);
  state.coverage.add(state.takeBlocks());
  const startedMs = performance.now();
  const inputs = await loop(state, startedMs + durationMs);
  const seconds = (performance.now() - startedMs) / 1000;
  return {
    name,
    seed,
    inputs,
    perSecond: Math.round(inputs / seconds),
    ...state.coverage.size(),
    corpus: await keepCorpus(state),
    failures: state.failures.count(),
    grownBytes: state.heap.grownBytes(),
    leak: state.heap.leak(),
  };
}

async function run({ attempt, failures }: State, input: Buffer): Promise<void> {
  const error = await attempt(input);
  if (error !== undefined) await failures.add(input, error);
}

/** Returns the number of inputs that were run. */
async function loop(state: State, untilMs: number): Promise<number> {
  const { failures, heap } = state;
  let inputs = 0;
  let size = SMALLEST_BATCH;
  let nextLook = 0;
  while (performance.now() < untilMs && failures.count() < MOST_FAILURES) {
    const batch = Array.from({ length: size }, () => made(state));
    const startedMs = performance.now();
    for (const input of batch) await run(state, input);
    inputs += batch.length;
    const endedMs = performance.now();
    const ran = state.takeBlocks();
    const askingMs = performance.now() - endedMs;
    const wanted = (askingMs * WORK_PER_ASKING * batch.length) / (endedMs - startedMs);
    size = Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, Math.ceil(wanted)));
    if (state.coverage.lacks(ran)) await keepNew(state, batch, ran);
    // A turn of the event loop frees native memory and the targets of weak references.
    await turn();
    if (inputs < nextLook) continue;
    heap.look(inputs);
    nextLook = inputs + LOOK_AT_HEAP_EVERY;
  }
  heap.look(inputs);
  return inputs;
}

/** Runs a batch again, one by one, to find the inputs that reach something new. */
async function keepNew(state: State, batch: readonly Buffer[], ran: Ran): Promise<void> {
  const { attempt, coverage, takeBlocks, kept } = state;
  for (const input of batch) {
    await attempt(input);
    if (coverage.add(takeBlocks())) kept.push(input);
  }
  // Also adds blocks that the second run did not reach, so that they do not count as new again.
  coverage.add(ran);
}

function made({ random, tokens, kept, plan }: State): Buffer {
  // Late inputs have come further: half of the new ones derive from the last few.
  const from = random(2) === 0 ? Math.max(0, kept.length - RECENT) : 0;
  const pick = (least: number): Buffer => kept[least + random(kept.length - least)] ?? Buffer.alloc(0);
  return mutate(pick(from), { random, tokens, maxBytes: plan.target.maxBytes, other: pick(0) });
}

async function keepCorpus({ attempt, takeBlocks, kept, plan }: State): Promise<number> {
  const fresh = createCoverage();
  takeBlocks();
  const corpus = await minimised(kept, async (input) => {
    const error = await attempt(input);
    return fresh.add(takeBlocks()) && error === undefined;
  });
  writeCorpus(plan.name, corpus);
  return corpus.length;
}
