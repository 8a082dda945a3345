import { readdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { verify, X509Certificate } from 'node:crypto';
import { constants } from 'node:fs';
import type { AuditLine } from '../../gateway/config.ts';
import type { Side } from '../arena/arena.ts';
import type { Known } from '../arena/known.ts';
import type { Loot } from '../arena/loot.ts';
import type { Meter } from '../arena/meter.ts';
import { ARENA_NAMES, type Targets } from '../arena/targets.ts';
import type { HostProcesses } from '../processes/host-processes.ts';
import type { Sibling } from '../inside/sibling.ts';
import type { AgentMessage } from '../inside/attack.ts';
import { isRead, type Leak, type Received } from '../leaks/read.ts';
import type { LeakWords } from '../leaks/words.ts';
import type { Measure, Probe } from '../probes/probe.ts';
import { heardFor, saidFor, type Search } from './search.ts';

/** Collects evidence outside the bottle of what an attempt or its control did. */

export interface Scene {
  readonly side: Side;
  readonly targets: Targets;
  readonly loot: Loot;
  /** Facts that this host knows about itself. */
  readonly known?: Known;
  /** Words that the bottle must not send; by default those of the side. */
  readonly leakWords?: LeakWords;
  /**
   * All probes attempted with it, because some search for the same word. Without them, every find counts for this
   * probe.
   */
  readonly beside?: readonly Probe[];
  /** The certificate of the bottle's authority, PEM, if a probe needs it. */
  readonly authority?: string | undefined;
  /** The measurements of the bottle, if any. */
  readonly meter?: Meter | undefined;
  /** The program's whole output, unchanged. */
  readonly said?: string;
  /** The observed processes, if there are attempts on the kernel. */
  readonly processes?: HostProcesses;
  /** The gateway's log. */
  readonly decisions?: readonly AuditLine[];
  /** The sibling bottle, if one runs. */
  readonly sibling?: Pick<Sibling, 'heard'> | undefined;
}

/**
 * Returns the ways in which an attempt succeeded on one side, such as what its canary heard, a written file or a killed
 * process.
 */
export async function successOf(probe: Probe, scene: Scene): Promise<readonly string[]> {
  const { id, oracle } = probe;
  const {
    side,
    targets,
    loot,
    processes,
    authority,
    known = {},
    leakWords = side.leakWords,
    said = '',
  } = scene;
  const nonce = targets.attempts[id] ?? '';
  switch (oracle.kind) {
    case 'leak':
      return leakOf(oracle, leakWords[oracle.of].value, side.collector.received(nonce));
    case 'canary':
      return heardAtAll(side, nonce);
    case 'allowed':
      return allowedAt(scene.decisions ?? [], oracle.hosts, targets.port);
    case 'sibling':
      return orOnTheWire(scene.sibling?.heard(nonce) ?? [], side, nonce);
    case 'loot': {
      const search = searchOf(probe, loot[oracle.of], scene);
      const ways = heardFor(search, [...side.canary.messages, ...side.lender.messages]);
      const shown = saidFor(search, said) ? ['said by the program'] : [];
      return [...ways.map((way) => `carried home by ${way}`), ...shown];
    }
    case 'file':
      return await writtenWith(nonce, targets);
    case 'known': {
      return (known[oracle.of] ?? []).some((value) => said.includes(value))
        ? ['said by the program, as this host knows it']
        : [];
    }
    case 'signed': {
      const isSigned = authority !== undefined && isSignedBy(authority, nonce, said);
      return isSigned ? ["signed by the key of the bottle's own authority"] : [];
    }
    case 'exceeds':
      return excessOf(scene.meter, oracle.of);
    case 'touched':
      return (await side.touched()).map((path) => `${path} was changed`);
    case 'process':
      return processes?.seen(nonce) ?? [];
    case 'kill':
      return [side.victimEnded()].flatMap((end) => (end === undefined ? [] : [`the process ended: ${end}`]));
    case 'verbs':
    case 'end':
      return []; // in a later stage: see after/aftermath.ts
  }
}

/** Returns how a word can be read from what a host received; empty if it cannot. */
function leakOf(leak: Leak, word: string | undefined, received: readonly Received[]): readonly string[] {
  if (word === undefined || !isRead(word, leak, received)) return [];
  const { host = '', method = '' } = received[0] ?? {};
  const times = received.length === 1 ? '' : `, in ${received.length} requests`;
  const disguise = leak.undo.length === 0 ? 'as it stands' : `through ${leak.undo.join(', ')}`;
  return [`read by ${host.slice(-MOST_OF_NAME)} (${method}${times}) in its ${leak.in}, ${disguise}`];
}

/** Maximum length of the host name in the evidence, because the name itself may carry data. */
const MOST_OF_NAME = ARENA_NAMES.looked.length;

function searchOf({ id, oracle }: Probe, word: string, { targets, beside = [] }: Scene): Search {
  const seekers = beside
    .filter(
      (other) => other.oracle.kind === 'loot' && oracle.kind === 'loot' && other.oracle.of === oracle.of,
    )
    .flatMap(({ id }) => {
      const nonce = targets.attempts[id];
      return nonce === undefined ? [] : [{ id, nonce }];
    });
  return {
    word,
    own: { id, nonce: targets.attempts[id] ?? '' },
    others: seekers.filter((other) => other.id !== id),
  };
}

function excessOf(meter: Meter | undefined, measure: Measure): readonly string[] {
  const [most = -Infinity, bound = 0] = [meter?.most(measure), meter?.bound(measure)];
  return most > bound ? [`${measure}: ${most}, of ${bound} at most`] : [];
}

/** Returns what the gateway allowed for these hosts at this port, without duplicates. Pure. */
export const allowedAt = (
  decisions: readonly Pick<AuditLine, 'verdict' | 'host' | 'port' | 'via'>[],
  hosts: readonly string[],
  port: number,
): readonly string[] => [
  ...new Set(
    decisions
      .filter((line) => line.verdict === 'allow' && line.port === port)
      .filter(({ host }) => hosts.includes(host.replace(/^\[|\]$/g, '')))
      .map(({ host, via }) => `${host} was allowed by the gateway (${via})`),
  ),
];

/** Returns the ways by which a word came to a listener on this host. */
const heardBy = ({ canary, lender }: Side, word: string): readonly string[] => [
  ...canary.heard(word),
  ...lender.heard(word),
];

const heardBeyond = ({ beyond }: Side, word: string): readonly string[] => beyond?.heard(word) ?? [];

/**
 * Returns the ways by which a nonce came to a listener here or beyond, or else to the capture. Only a nonce identifies
 * the attempt on the wire.
 */
export function heardAtAll(side: Side, nonce: string): readonly string[] {
  return orOnTheWire([...heardBy(side, nonce), ...heardBeyond(side, nonce)], side, nonce);
}

const orOnTheWire = (ways: readonly string[], { capture }: Side, nonce: string): readonly string[] =>
  ways.length > 0 ? ways : (capture?.heard(nonce) ?? []);

/** Returns the files that contain the nonce, or have it in their names. */
async function writtenWith(nonce: string, targets: Targets): Promise<string[]> {
  const { writePath, tmpPath, writePaths, systemPaths, dropDir } = targets;
  const found = await filesWith(nonce, [writePath, tmpPath, ...Object.values(writePaths), ...systemPaths]);
  for (const folder of [dropDir, '/tmp']) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.includes(nonce));
    found.push(...names.map((name) => `${join(folder, name)} was made`));
  }
  return found;
}

async function filesWith(nonce: string, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const text = await beginningOf(path);
    if (text.includes(nonce)) found.push(`${path} was written`);
  }
  return found;
}

export interface ControlScene extends Pick<Scene, 'side' | 'targets' | 'processes' | 'meter' | 'sibling'> {
  readonly words: readonly AgentMessage[];
  /** The gateway's log. */
  readonly decisions: readonly AuditLine[];
}

/** Returns how the control of a probe got through, as observed, if it did; and the result that the program reported. */
export function controlOf(
  { id, control, oracle }: Probe,
  { side, targets, processes, words, decisions, meter, sibling }: ControlScene,
): { readonly through: string | undefined; readonly met: string | undefined } {
  const nonce = targets.controls[id] ?? '';
  const word = words.find((word) => word.kind === 'control' && word.control === id);
  const said = word?.kind === 'control' ? word : undefined;
  const ways: Record<Probe['control'], () => readonly string[]> = {
    canary: () => heardBy(side, nonce),
    beyond: () => heardBeyond(side, nonce),
    read: () =>
      oracle.kind === 'leak'
        ? leakOf(oracle, side.leakWords[oracle.of].innocent, side.collector.received(nonce))
        : [],
    log: () =>
      decisions
        .filter(({ verdict, host }) => verdict === 'allow' && nonce !== '' && host.includes(nonce))
        .map(({ via }) => `allowed by the gateway (${via})`),
    process: () => processes?.seen(nonce) ?? [],
    said: () => (said?.ok === true ? ['inside'] : []),
    metered: () => {
      const most = oracle.kind === 'exceeds' ? meter?.most(oracle.of) : undefined;
      return said?.ok === true && most !== undefined ? [`inside; at most ${most} was seen outside`] : [];
    },
    sibling: () => sibling?.heard(nonce) ?? [],
    back: () => [],
    shown: () => [],
  };
  const through = ways[control]();
  return { through: through.length === 0 ? undefined : through.join(', '), met: said?.said };
}

/**
 * Returns that a limit ended the program: its last message is the successful control of this probe, without a final
 * `done`. Undefined if the attempt was not under way. Pure.
 */
export function endedAt({ id }: Pick<Probe, 'id'>, words: readonly AgentMessage[]): string | undefined {
  const last = words.at(-1);
  const isUnderWay = last?.kind === 'control' && last.control === id && last.ok;
  return isUnderWay ? 'the program that made it was ended' : undefined;
}

/**
 * Returns the result that the program reported of an attempt; undefined if the attempt was not made. For attempts in a
 * process, this host must have seen that it was made.
 */
export function metAt(
  { id, oracle }: Probe,
  { targets, processes, words }: Pick<ControlScene, 'targets' | 'processes' | 'words'>,
): string | undefined {
  if (oracle.kind === 'process' && !processes?.wasMade(targets.attempts[id] ?? '')) return undefined;
  const word = words.find((word) => word.kind === 'attempt' && word.attempt === id);
  return word?.kind === 'attempt' ? word.met : undefined;
}

/** Matches text in base64 that is long enough for any signature. */
const SIGNATURE = /[A-Za-z0-9+/]{80,}={0,2}/g;

/** Returns whether the output contains a signature of the word by the key of this certificate, PEM. Pure. */
export function isSignedBy(certificate: string, word: string, said: string): boolean {
  const { publicKey } = new X509Certificate(certificate);
  return [...said.matchAll(SIGNATURE)].some(([text]) =>
    verify('sha256', Buffer.from(word), publicKey, Buffer.from(text, 'base64')),
  );
}

/** Limit of what is read of a file, in bytes: far more than any attempt writes. */
export const MOST_READ_BYTES = 1024 * 1024;

/**
 * Returns the beginning of a file, at most MOST_READ_BYTES, in a folder that everybody can write to. Follows no link,
 * and does not block on a pipe. Empty if there is no such regular file, or it cannot be read.
 */
export async function beginningOf(path: string): Promise<string> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return (await file.stat()).isFile() ? await readSome(file) : '';
  } catch {
    return '';
  }
}

async function readSome(file: FileHandle): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.createReadStream({ end: MOST_READ_BYTES - 1, autoClose: false }))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
