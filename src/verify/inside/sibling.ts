import { randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BottleRecord } from '../../bottle/state/record.ts';
import { GUEST } from '../../drivers/driver.ts';
import { BottleError, AGAIN_OR_REPORT } from '../../errors.ts';
import type { AuditLine } from '../../gateway/config.ts';
import { nonceForEach } from '../arena/nonce.ts';
import { layPrograms } from '../arena/programs.ts';
import { sweptName } from '../arena/sweep.ts';
import type { SiblingTargets, Targets } from '../arena/targets.ts';
import { SIBLING_IDS } from '../probes/ways/siblings.ts';
import { attack } from './attack.ts';
import { type HeldBottle, decisionsOf } from './held-bottle.ts';
import { listenToSibling, type SiblingWords } from './sibling-words.ts';

/**
 * A second bottle, of the same rung and network, that runs while the first is attacked, and reports what reaches it.
 */
export interface Sibling {
  readonly targets: SiblingTargets;
  /** Runs the controls in it: it reaches itself. */
  reachItself(targets: Targets, signal: AbortSignal): Promise<void>;
  /** Reads its gateway's decisions. Returns why it may have missed something, when it no longer hears itself. */
  settle(targets: Targets, signal: AbortSignal): Promise<string | undefined>;
  /** Returns the ways by which a nonce reached it or, as of the last `settle`, its gateway. */
  heard(nonce: string): readonly string[];
}

export interface SiblingOrder {
  /** A folder that does not exist yet. */
  readonly dir: string;
  /** The word to be found in it. */
  readonly word: string;
  readonly hold: (what: HeldProgram) => Promise<HeldBottle>;
}

/** The program that a held bottle runs. */
export interface HeldProgram {
  readonly projectDir: string;
  readonly argv: readonly string[];
  readonly onOutput: (chunk: Buffer) => void;
}

/** Folders in which one bottle's files might be visible in another. */
const PLACES = ['/tmp', '/var/tmp', '/dev/shm', GUEST.home, GUEST.workspace];

const PATIENCE_MS = 20_000;
/** Probes whose controls prove that it and its gateway still hear, and that their reports still arrive here. */
const STILL_HEARS = ['sibling-tcp', 'sibling-gateway'];
const HEARD_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 50;

/** Returns a name for files and sockets of the sibling. */
export const siblingName = (): string => `${sweptName()}${randomBytes(12).toString('hex')}`;

/** A sibling that is starting. Disposal ends it, whether it started or not. */
export interface Siblings extends AsyncDisposable {
  /** Waits for it. @throws the error that stopped it from starting */
  ready(): Promise<Sibling | undefined>;
}

/** Starts it, if requested, concurrently with the caller's work. */
export function beginSibling(order: SiblingOrder | undefined): Siblings {
  const starting = order === undefined ? Promise.resolve(undefined) : start(order);
  starting.catch(() => undefined); // `ready` throws the error
  return {
    ready: async () => (await starting)?.sibling,
    [Symbol.asyncDispose]: async () => {
      const started = await starting.catch(() => undefined);
      await started?.bottle[Symbol.asyncDispose]();
    },
  };
}

async function start({ dir, word, hold }: SiblingOrder) {
  const projectDir = join(dir, 'program');
  await mkdir(dir);
  await layPrograms(['verify'], projectDir);
  for (const made of [dir, projectDir]) await chmod(made, 0o755);
  const name = siblingName();
  const output = new PassThrough();
  const words = listenToSibling(output);
  const argv = ['node', join(GUEST.workspace, 'sibling.mjs'), JSON.stringify({ word, name, places: PLACES })];
  const bottle = await hold({
    projectDir,
    argv,
    onOutput: (chunk) => void output.write(chunk),
  });
  const place = await Promise.race([words.place, sleep(PATIENCE_MS, undefined, { ref: false })]);
  if (place === undefined) {
    await bottle[Symbol.asyncDispose]();
    throw new BottleError('verifyFailed', 'the bottle beside does not say where it listens', {
      fix: AGAIN_OR_REPORT,
    });
  }
  const targets = { ...place, name, places: PLACES };
  return { bottle, sibling: siblingIn(bottle.record, targets, words) };
}

function siblingIn(record: BottleRecord, itself: SiblingTargets, words: SiblingWords): Sibling {
  let decisions: readonly AuditLine[] = [];
  const reach = async (targets: Targets, controls: Targets['controls'], signal: AbortSignal): Promise<void> =>
    void (await attack({ record, user: 'agent', targets: { ...targets, attempts: {}, controls }, signal }));
  const heard = (nonce: string): readonly string[] => [
    ...words.heard(nonce).map((way) => `${way} in another bottle`),
    ...decisions
      .filter(({ host }) => nonce !== '' && host.includes(nonce))
      .map(({ via }) => `another bottle's gateway (${via})`),
  ];
  return {
    targets: itself,
    reachItself: async (targets, signal) => {
      const controls = Object.fromEntries(
        Object.entries(targets.controls).filter(([id]) => SIBLING_IDS.includes(id)),
      );
      if (Object.keys(controls).length > 0) await reach(targets, controls, signal);
    },
    settle: async (targets, signal) => {
      const nonces = nonceForEach(STILL_HEARS);
      const failure = await reach(targets, nonces, signal).then(() => undefined, String);
      signal.throwIfAborted();
      const until = Date.now() + HEARD_WITHIN_MS;
      for (;;) {
        decisions = await decisionsOf(record);
        const deaf = STILL_HEARS.filter((id) => heard(nonces[id] ?? '').length === 0);
        if (deaf.length === 0) return undefined;
        if (failure !== undefined || Date.now() > until) return deafness(deaf, failure);
        await sleep(LOOK_AGAIN_MS, undefined, { signal });
      }
    },
    heard,
  };
}

const deafness = (deaf: readonly string[], failure: string | undefined): string =>
  `after the attack the neighbour bottle no longer received its own test requests (${failure ?? deaf.join(', ')})`;
