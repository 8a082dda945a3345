import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readTextIfThere } from '../../host/files.ts';
import { digestOfFile } from '../state/receipt.ts';
import { ChainCheck, type Break } from './check-chain.ts';
import { readLines } from './read-lines.ts';
import { isSignedBy, keyId, parseSignature, type LogSignature } from './signature.ts';
import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';

/** Paths of a log and its related files. */
export interface LogPlace {
  readonly auditPath: string;
  readonly signaturePath: string;
  readonly receiptPath: string;
  /** Undefined for a copy, which may come from any bottle. */
  readonly bottle: string | undefined;
}

/** Why a log may have no signature. */
export type Unsigned = 'running' | 'crashed' | 'ended' | 'copy';

export interface LogExpectation {
  /** The key whose signature counts; undefined if this installation has no key. */
  readonly key: KeyObject | undefined;
  /** The meaning of a missing signature. */
  readonly unsigned: Unsigned;
}

/** The result of verifying a log. */
export interface LogVerdict {
  readonly bottle: string | null;
  readonly intact: boolean;
  readonly signed: boolean;
  readonly lines: number;
  /** Name of the signing key. */
  readonly key: string | null;
  readonly signedAt: string | null;
  /** Whether another process than the bottle's owner ended the bottle, or still has to; null if unknown. */
  readonly launcherLost: boolean | null;
  readonly breaks: readonly Break[];
  /** Faults of the log as a whole. */
  readonly faults: readonly string[];
  /** What the verification cannot detect. */
  readonly limits: readonly string[];
}

/** Reads the whole log and checks that it is as the gateway wrote it. */
export async function verifyLog(place: LogPlace, expected: LogExpectation): Promise<LogVerdict> {
  // First: if the bottle ends while its log is read, the signature covers more than what was read.
  const text = await readTextIfThere(place.signaturePath);
  const named = text === undefined ? undefined : parseSignature(text)?.bottle;
  const check = new ChainCheck(place.bottle ?? named);
  // The gateway may be writing the last line.
  const mayBeInWriting = expected.unsigned === 'running';
  for await (const { text, isWhole } of readLines(place.auditPath)) {
    if (isWhole) check.next(text);
    else if (!mayBeInWriting) check.unfinished();
  }
  const found =
    text === undefined ? unsigned(expected.unsigned) : await judge(text, { place, expected, check });
  const breaks = [...check.breaks, ...found.breaks];
  return {
    bottle: place.bottle ?? found.signature?.bottle ?? null,
    intact: breaks.length === 0 && found.faults.length === 0,
    signed: found.signature !== undefined,
    lines: check.lines,
    key: found.signature?.key ?? null,
    signedAt: found.signature?.signedAt ?? null,
    launcherLost: found.launcherLost,
    breaks,
    faults: found.faults,
    limits: found.limits,
  };
}

/** The verdict on a log that could not be read. */
export function unreadableLog(bottle: string, why: string): LogVerdict {
  const nothing = { key: null, signedAt: null, launcherLost: null, breaks: [], limits: [] };
  return { bottle, intact: false, signed: false, lines: 0, ...nothing, faults: [why] };
}

/** What the signature adds to the result of the chain. */
interface Found {
  /** Only if the expected key made it. */
  readonly signature: LogSignature | undefined;
  readonly launcherLost: boolean | null;
  readonly breaks: readonly Break[];
  readonly faults: readonly string[];
  readonly limits: readonly string[];
}

const END = 'lines that were cut off at its end, or a chain that was written anew, are not found';

const UNSIGNED: Readonly<Record<Unsigned, Pick<Found, 'launcherLost' | 'faults' | 'limits'>>> = {
  running: {
    launcherLost: false,
    faults: [],
    limits: [`not signed yet, because the bottle runs: ${END}`],
  },
  crashed: {
    launcherLost: true,
    faults: ['unsigned, and its launcher is gone: bot-bottle gc ends the bottle and signs what is there now'],
    limits: [END],
  },
  ended: {
    launcherLost: null,
    faults: [
      'unsigned, though the bottle has ended: it could not be signed then, or its signature was removed',
    ],
    limits: [],
  },
  copy: {
    launcherLost: null,
    faults: [],
    limits: [`unsigned: there is no signature.json beside it; ${END}`],
  },
};

const unsigned = (state: Unsigned): Found => ({ signature: undefined, breaks: [], ...UNSIGNED[state] });

const fault = (text: string): Found => ({
  signature: undefined,
  launcherLost: null,
  breaks: [],
  faults: [text],
  limits: [],
});

/** What a signature cannot prove if it was not made by the process that saw the bottle end. */
function limitsOf({ launcherLost }: LogSignature): string[] {
  if (launcherLost === undefined)
    return ['signed by an earlier version, which did not note whether its launcher was gone by then'];
  return launcherLost
    ? [`signed as it was found, for its launcher was gone: of what was done before, ${END}`]
    : [];
}

interface Evidence {
  readonly place: LogPlace;
  readonly expected: LogExpectation;
  readonly check: ChainCheck;
}

async function judge(text: string, { place, expected: { key }, check }: Evidence): Promise<Found> {
  const signature = parseSignature(text);
  if (signature === undefined) return fault('signature.json is not a signature');
  if (key === undefined) return fault('it is signed, and this installation has no key: give --key');
  if (signature.key !== keyId(key)) {
    return fault(`it is signed by the key ${signature.key}, and not by ${keyId(key)}`);
  }
  if (!isSignedBy(signature, key)) return fault('the signature is not that of the key it names');
  const faults = await faultsOf(signature, place);
  const launcherLost = signature.launcherLost ?? null;
  const limits = limitsOf(signature);
  return { signature, launcherLost, breaks: endBreaks(signature, check), faults, limits };
}

async function faultsOf(signature: LogSignature, { bottle, receiptPath }: LogPlace): Promise<string[]> {
  const faults: string[] = [];
  if (bottle !== undefined && bottle !== signature.bottle) {
    faults.push(`the signature is that of another bottle, ${signature.bottle}`);
  }
  const isThere = existsSync(receiptPath);
  // Copies of a log often lack the receipt.
  if (signature.receipt === null || (!isThere && bottle === undefined)) return faults;
  if (!isThere) faults.push('the receipt is missing');
  else if ((await digestOfFile(receiptPath)) !== signature.receipt) faults.push('the receipt was changed');
  return faults;
}

/** Compares the end of the log with the end that was signed. */
function endBreaks(signed: LogSignature, { lines, head, breaks }: ChainCheck): Break[] {
  const line = Math.min(lines, signed.lines) + 1;
  if (lines < signed.lines) return [{ line, kind: 'cut', reason: `${signed.lines} lines were signed` }];
  if (lines > signed.lines)
    return [{ line, kind: 'changed', reason: 'it was added after the log was signed' }];
  if (head.hash === signed.hash || breaks.length > 0) return [];
  return [{ line: lines, kind: 'changed', reason: 'another was signed: the chain was written anew' }];
}

/** Formats the verdict on a log for people. */
export function renderVerdict(verdict: LogVerdict): string {
  const { bottle, lines, key, signedAt, breaks, faults, limits } = verdict;
  const name = bottle === null ? 'the log' : `the log of ${bottle}`;
  const count = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
  const head = `${headOf(verdict)}: ${name}, ${count}`;
  const rows = [
    ...breaks.map(({ line, kind, reason }) => `  line ${line}: ${kind}: ${reason}`),
    ...faults.map((fault) => `  ${fault}`),
    ...(key === null ? [] : [`  signed ${signedAt ?? ''} by ${key}`]),
    ...limits.map((limit) => `  ${limit}`),
  ];
  return [head, ...rows.map(escapeText)].join('\n');
}

/** Claims no more than is known: a log after a crash looks like a truncated one and may be neither. */
function headOf({ intact, signed, launcherLost, breaks, limits }: LogVerdict): string {
  if (intact)
    return limits.length === 0 ? styled('green', 'intact') : styled('yellow', 'intact as far as can be told');
  const isOnlyUnsigned = !signed && launcherLost === true && breaks.length === 0;
  return isOnlyUnsigned ? styled('yellow', 'not signed') : styled('red', 'not intact');
}
