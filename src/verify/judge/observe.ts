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
import type { AgentMessage } from '../inside/agent-messages.ts';
import { isRead, type Leak, type Received } from '../leaks/read.ts';
import type { LeakWords } from '../leaks/words.ts';
import type { Measure, Probe } from '../probes/probe.ts';
import { heardFor, saidFor, type Search } from './search.ts';

/** Looks outside for what an attempt, or the control of it, has done. */

export interface Scene {
  readonly side: Side;
  readonly targets: Targets;
  readonly loot: Loot;
  /** What this host knows of itself. */
  readonly known?: Known;
  /** What the bottle must not send; the side's own, where nothing is known besides. */
  readonly leakWords?: LeakWords;
  /** All that were attempted beside it: some look for the same word. Where none is said, a find is anybody's. */
  readonly beside?: readonly Probe[];
  /** The certificate of the bottle's own authority, PEM, where a probe is about it. */
  readonly authority?: string | undefined;
  /** What the bottle has, where it was read. */
  readonly meter?: Meter | undefined;
  /** All that the program said, as it stands. */
  readonly said?: string;
  /** Where attempts on the kernel are among them. */
  readonly processes?: HostProcesses;
  /** The gateway's log. */
  readonly decisions?: readonly AuditLine[];
  /** Where one runs. */
  readonly sibling?: Pick<Sibling, 'heard'> | undefined;
}

/** The ways in which an attempt succeeded on one side: what its canary heard, a file that is there, a process that ended. */
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
      return []; // later: see after/aftermath.ts
  }
}

/** How a word was read out of what a host was sent. */
function leakOf(leak: Leak, word: string | undefined, received: readonly Received[]): readonly string[] {
  if (word === undefined || !isRead(word, leak, received)) return [];
  const { host = '', method = '' } = received[0] ?? {};
  const times = received.length === 1 ? '' : `, in ${received.length} requests`;
  const disguise = leak.undo.length === 0 ? 'as it stands' : `through ${leak.undo.join(', ')}`;
  return [`read by ${host.slice(-MOST_OF_NAME)} (${method}${times}) in its ${leak.in}, ${disguise}`];
}

/** Of the name of a host, which may itself be what carries something. */
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

/** What the gateway allowed of these hosts at this port, each once. Pure. */
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

/** The ways by which a word came to a listener outside. */
const heardBy = ({ canary, lender }: Side, word: string): readonly string[] => [
  ...canary.heard(word),
  ...lender.heard(word),
];

const heardBeyond = ({ beyond }: Side, word: string): readonly string[] => beyond?.heard(word) ?? [];

/** What no listener heard, here or beyond, may still have been on the wire. Who was it, is known of an attempt's nonce only. */
export function heardAtAll(side: Side, nonce: string): readonly string[] {
  return orOnTheWire([...heardBy(side, nonce), ...heardBeyond(side, nonce)], side, nonce);
}

const orOnTheWire = (ways: readonly string[], { capture }: Side, nonce: string): readonly string[] =>
  ways.length > 0 ? ways : (capture?.heard(nonce) ?? []);

/** The files that have the nonce in them, or in their names. */
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

/** How the control of a probe was seen to go through, if it was; and what it met, in the program's own words. */
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
 * That the program was ended by what a limit is for: its control was the last that was said, and not even that all was tried.
 * An attempt that was not made is none of it. Pure.
 */
export function endedAt({ id }: Pick<Probe, 'id'>, words: readonly AgentMessage[]): string | undefined {
  const last = words.at(-1);
  const isUnderWay = last?.kind === 'control' && last.control === id && last.ok;
  return isUnderWay ? 'the program that made it was ended' : undefined;
}

/** What the program met at an attempt; undefined when it did not make it. Of a process the host must have seen it made. */
export function metAt(
  { id, oracle }: Probe,
  { targets, processes, words }: Pick<ControlScene, 'targets' | 'processes' | 'words'>,
): string | undefined {
  if (oracle.kind === 'process' && !processes?.wasMade(targets.attempts[id] ?? '')) return undefined;
  const word = words.find((word) => word.kind === 'attempt' && word.attempt === id);
  return word?.kind === 'attempt' ? word.met : undefined;
}

/** Long enough for any signature, as base64 has it. */
const SIGNATURE = /[A-Za-z0-9+/]{80,}={0,2}/g;

/** Whether somebody who has the key of this certificate, PEM, has signed the word, by what was said. Pure. */
export function isSignedBy(certificate: string, word: string, said: string): boolean {
  const { publicKey } = new X509Certificate(certificate);
  return [...said.matchAll(SIGNATURE)].some(([text]) =>
    verify('sha256', Buffer.from(word), publicKey, Buffer.from(text, 'base64')),
  );
}

/** Far more than any attempt writes. */
export const MOST_READ_BYTES = 1024 * 1024;

/**
 * What a file begins with, MOST_READ_BYTES at most, in a folder that everybody can write to: a link is not followed, and a
 * pipe not waited for. Nothing where there is no such file that can be read.
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
