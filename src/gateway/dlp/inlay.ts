import { TELL_ALL } from './actions.ts';
import { PlainBody, type Inlaid } from './body.ts';
import { isBomb, MAX_PIECE_OUTPUT, PIECE } from './decompress.ts';
import { createEngine, type Engine } from './engine.ts';
import type { BodyFacts, Finding } from './finding.ts';
import type { Detectors } from './scan.ts';
import { archiveIn, BEGINNING_BYTES, type Beginning } from './views/archive.ts';
import { createPixels, type Allowance } from './views/pixels.ts';

/**
 * An archive among the bytes of a body, a part of a form or the body itself, that nobody announced as Content-Encoding: undone
 * from its mark on for as long as it goes, however long that is. A window (`body.ts`) sees only its beginning.
 */

/** Archives in archives are looked into so deep. */
const MAX_DEPTH = 3;
/** What trying an archive costs, beside its bytes: one by itself, as each page of a manual is, or what only looked like one. */
const COST = { ended: 1, broken: 128, sealed: 128 } as const;
/** So much is free, and so much more of it for each byte. */
const FREE_COST = 8_192;
const COST_PER_BYTE = 1 / 32;

/** The output of many small pieces is inspected together: each inspection repeats the overlap of its window (`body.ts`). */
const LOOK_BYTES = 256 * 1024;

/** What the pixels of all pictures in a body may hold, with all that repeats. */
const MAX_PIXELS = 256 * 1024 * 1024;

interface Open {
  readonly coding: string;
  readonly engine: Engine;
  readonly inner: PlainBody;
  /** Output that `inner` has not seen yet. */
  unseen: Uint8Array[];
  unseenBytes: number;
  /** All that came with the mark, behind it; undefined once more has come. */
  behindMark: Uint8Array | undefined;
}

/** Of one body, and all archives in it. */
interface Nest {
  readonly depth: number;
  readonly spent: { taken: number; given: number; cost: number; received: number };
  readonly pixels: Allowance;
}

/** Looks into the archives of one body as it comes, and into those in them. */
export class Inlay implements Inlaid {
  readonly #detectors: Detectors;
  readonly #about: BodyFacts;
  readonly #nest: Nest;
  #open: Open | undefined;
  /** What came last, where an archive may begin in it whose beginning is not all here. */
  #undecided: Uint8Array = NOTHING;
  #isBegun = false;

  constructor(
    detectors: Detectors,
    about: BodyFacts,
    nest: Nest = {
      depth: 1,
      spent: { taken: 0, given: 0, cost: 0, received: 0 },
      pixels: { left: MAX_PIXELS },
    },
  ) {
    this.#detectors = detectors;
    this.#about = about;
    this.#nest = nest;
  }

  /** What is found in archives as far as they go with `bytes`. */
  push(bytes: Uint8Array): readonly Finding[] {
    this.#nest.spent.received += bytes.length;
    const findings: Finding[] = [];
    if (this.#open !== undefined) this.#open.behindMark = undefined;
    let rest = this.#undecided.length === 0 ? bytes : Buffer.concat([this.#undecided, bytes]);
    this.#undecided = NOTHING;
    while (rest.length > 0)
      rest = this.#open === undefined ? this.#begin(rest, findings) : this.#take(rest, findings);
    // What may leave after this call is inspected in this call.
    this.#inspect(findings);
    return findings;
  }

  /** What is found in what was left. */
  end(): readonly Finding[] {
    const findings: Finding[] = [];
    this.#end(findings);
    return findings;
  }

  /** Takes some of what is here, and gives back what is behind that. */
  #take(bytes: Uint8Array, findings: Finding[]): Uint8Array {
    const open = this.#open;
    if (open === undefined) return bytes;
    const piece = bytes.subarray(0, PIECE);
    const { output, state, unread } = open.engine.write(piece, MAX_PIECE_OUTPUT);
    const { depth, spent } = this.#nest;
    // Each depth multiplies: what counts is what was received.
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
    // Broken is also what only looked like an archive: another may begin in what it took for one.
    return open.behindMark ?? bytes;
  }

  /** Looks for where an archive begins, and gives back what is to be undone of it, or nothing. */
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
    const { depth, spent, pixels } = this.#nest;
    const engine = kind === 'png' ? createPixels(pixels) : createEngine(kind);
    if (engine === undefined) {
      spent.cost += COST.broken;
      return bytes.subarray(at + 1);
    }
    // The body that the archive is in is what is judged; in here is only looked.
    const about = { ...this.#about, action: TELL_ALL, isDecoded: true } as const;
    const deeper =
      depth < MAX_DEPTH ? new Inlay(this.#detectors, about, { depth: depth + 1, spent, pixels }) : undefined;
    const facts = { ...about, isInlaid: true, arePixels: kind === 'png' } as const;
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
