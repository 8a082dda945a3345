import { WARN_ONLY } from '../actions.ts';
import { PlainBody, type Inlaid } from './body.ts';
import { isBomb, MAX_PIECE_OUTPUT, PIECE } from './decompress.ts';
import { createEngine, type Engine } from '../engine.ts';
import type { BodyFacts, Finding } from '../finding.ts';
import type { Detectors } from '../scan.ts';
import { archiveIn, BEGINNING_BYTES, type Beginning } from '../views/archive.ts';

/**
 * Inspects an archive among the bytes of a body (a part of a form, or the whole body) that no Content-Encoding
 * announces. It decompresses from the archive's mark to its end, however long it is. A window (`body.ts`) sees only its
 * beginning.
 */

/** How deep archives in archives are inspected. */
const MAX_DEPTH = 3;
/** Cost of one archive besides its bytes: low if complete, as each page of a manual is; high if it fails to decode. */
const COST = { ended: 1, broken: 128, sealed: 128 } as const;
/** Free cost of a body, and additional cost per received byte. */
const FREE_COST = 8_192;
const COST_PER_BYTE = 1 / 32;

/**
 * The output of many small pieces is inspected together: each inspection repeats the overlap of its window (`body.ts`).
 */
const LOOK_BYTES = 256 * 1024;

interface Open {
  readonly coding: string;
  readonly engine: Engine;
  readonly inner: PlainBody;
  /** Output that `inner` has not seen yet. */
  unseen: Uint8Array[];
  unseenBytes: number;
  /** The bytes behind the mark, from the same push; undefined after the next push. */
  behindMark: Uint8Array | undefined;
}

/** State of one archive's body, shared with the archives around it and in it. */
interface Nest {
  readonly depth: number;
  readonly spent: { taken: number; given: number; cost: number; received: number };
}

/** Inspects the archives of one body as it arrives, and the archives in them. */
export class Inlay implements Inlaid {
  readonly #detectors: Detectors;
  readonly #about: BodyFacts;
  readonly #nest: Nest;
  #open: Open | undefined;
  /** The last bytes, if an archive may begin in them whose head is incomplete. */
  #undecided: Uint8Array = NOTHING;
  #isBegun = false;

  constructor(
    detectors: Detectors,
    about: BodyFacts,
    nest: Nest = { depth: 1, spent: { taken: 0, given: 0, cost: 0, received: 0 } },
  ) {
    this.#detectors = detectors;
    this.#about = about;
    this.#nest = nest;
  }

  /** Returns the findings in archives up to the end of `bytes`. */
  push(bytes: Uint8Array): readonly Finding[] {
    this.#nest.spent.received += bytes.length;
    const findings: Finding[] = [];
    if (this.#open !== undefined) this.#open.behindMark = undefined;
    let rest = this.#undecided.length === 0 ? bytes : Buffer.concat([this.#undecided, bytes]);
    this.#undecided = NOTHING;
    while (rest.length > 0)
      rest = this.#open === undefined ? this.#begin(rest, findings) : this.#take(rest, findings);
    // This call inspects the bytes that may leave after it.
    this.#inspect(findings);
    return findings;
  }

  /** Inspects the remaining output and returns its findings. */
  end(): readonly Finding[] {
    const findings: Finding[] = [];
    this.#end(findings);
    return findings;
  }

  /** Decompresses a part of `bytes`, and returns the bytes behind that part. */
  #take(bytes: Uint8Array, findings: Finding[]): Uint8Array {
    const open = this.#open;
    if (open === undefined) return bytes;
    const piece = bytes.subarray(0, PIECE);
    const { output, state, unread } = open.engine.write(piece, MAX_PIECE_OUTPUT);
    const { depth, spent } = this.#nest;
    // Each depth multiplies the output: the ratio counts only the input at the first depth.
    if (depth === 1) spent.taken += piece.length;
    spent.given += output.length;
    open.unseen.push(output);
    open.unseenBytes += output.length;
    if (open.unseenBytes >= LOOK_BYTES) this.#inspect(findings);
    if (state === 'large' || isBomb(spent.given, spent.taken)) {
      findings.push(this.#unlooked('bomb', open.coding));
      this.#end(findings);
      return NOTHING;
    }
    if (state === 'more') return bytes.subarray(piece.length);
    spent.cost += COST[state];
    if (state === 'sealed') findings.push(this.#unlooked(open.coding, open.coding));
    this.#end(findings);
    if (state === 'ended') return bytes.subarray(piece.length - unread);
    // Data that only looked like an archive end as broken: another archive may begin in them.
    return open.behindMark ?? bytes;
  }

  /** Searches for the beginning of an archive, and returns the bytes to decompress from there, or nothing. */
  #begin(bytes: Uint8Array, findings: Finding[]): Uint8Array {
    const found = archiveIn(bytes, !this.#isBegun);
    this.#isBegun ||= found?.isWhole !== false || found.at > 0;
    if (found === undefined) return NOTHING;
    if (!found.isWhole) {
      if (bytes.length - found.at > BEGINNING_BYTES) findings.push(this.#unlooked('nesting', found.coding));
      else this.#undecided = bytes.slice(found.at);
      return NOTHING;
    }
    const { cost, received } = this.#nest.spent;
    if (cost > FREE_COST + received * COST_PER_BYTE) {
      findings.push(this.#unlooked('nesting', found.coding));
      return NOTHING;
    }
    return this.#enter(bytes, found);
  }

  #enter(bytes: Uint8Array, { at, coding, kind, dataAt }: Beginning): Uint8Array {
    const { depth, spent } = this.#nest;
    const engine = createEngine(kind);
    if (engine === undefined) {
      spent.cost += COST.broken;
      return bytes.subarray(at + 1);
    }
    // The body around the archive decides about the findings; this inspection only reports them.
    const about = { ...this.#about, action: WARN_ONLY, isDecoded: true } as const;
    const deeper =
      depth < MAX_DEPTH ? new Inlay(this.#detectors, about, { depth: depth + 1, spent }) : undefined;
    const facts = { ...about, isInlaid: true } as const;
    const inner = new PlainBody(this.#detectors, facts, deeper);
    const behindMark = bytes.subarray(at + 1);
    this.#open = { coding, engine, inner, unseen: [], unseenBytes: 0, behindMark };
    return bytes.subarray(dataAt);
  }

  /** Passes the output gathered so far to the inspection of the open archive. */
  #inspect(findings: Finding[]): void {
    const open = this.#open;
    if (open === undefined || open.unseenBytes === 0) return;
    const output = Buffer.concat(open.unseen);
    open.unseen = [];
    open.unseenBytes = 0;
    add(findings, open.inner.push(output).findings, open.coding);
  }

  #end(findings: Finding[]): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#inspect(findings);
    this.#open = undefined;
    open.engine.close();
    add(findings, open.inner.end().findings, open.coding);
  }

  #unlooked(id: string, encoding: string): Finding {
    return { detector: 'undecodable', id, fingerprint: '', where: this.#about.where, encoding };
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

function add(to: Finding[], findings: readonly Finding[], coding: string): void {
  for (const { encoding, ...rest } of findings)
    to.push({ ...rest, encoding: encoding === 'raw' ? coding : `${coding}>${encoding}` });
}
