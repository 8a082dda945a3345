import type { Guesses, Part } from '../known/guesses.ts';
import { isBlocking, type BodyFacts, type BodyInspection, type Finding, type Passed } from '../finding.ts';
import { scanAndRedact } from './redact.ts';
import type { Detectors } from '../scan.ts';

/** Inspects a body in windows: each piece together with the end of the bytes before it. */

/**
 * Bytes of the previous window that are inspected again with the next piece: a 100-byte secret, encoded three times.
 */
const OVERLAP = 8 * 1024;
/** Most bytes of new data in a window. A larger piece is divided. */
const WINDOW = 64 * 1024;
/**
 * Average number of times that a byte is inspected before tiny pieces are gathered. Without it, single bytes would cost
 * thousands each.
 */
const MAX_REPEATS = 64;
const FREE_WORK = 1 << 20;
const NOTHING = new Uint8Array(0);

export interface PlainFacts extends BodyFacts {
  /** Positions here do not correspond to positions in the outgoing bytes. */
  readonly isDecoded?: true;
  /** Only text that is not compressed is searched: another view decodes these bytes and inspects the result. */
  readonly isCompressed?: true;
  /** The bytes come from an archive in another body and leave with that body: nothing may be gathered. */
  readonly isInlaid?: true;
}

/** Inspects archives in the same bytes beyond one window (`inlay.ts`). */
export interface Inlaid {
  push(bytes: Uint8Array): readonly Finding[];
  end(): readonly Finding[];
}

/** A body without Content-Encoding. */
export class PlainBody implements BodyInspection {
  readonly #detectors: Detectors;
  readonly #about: PlainFacts;
  /** The end of the inspected bytes; its last `#held` bytes have not left. */
  #tail: Uint8Array = NOTHING;
  #held = 0;
  /** Pieces that wait for more. */
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #received = 0;
  #work = 0;
  #blocked = false;
  readonly #told = new Set<string>();
  /** Records the values that may begin at the end of the body. Set by `startLeaving`. */
  #noteEnd: ReturnType<Guesses['ofBody']> | undefined;
  /** The parts to record when the body starts to leave. */
  #begun: readonly Part[] = [];
  readonly #inlay: Inlaid | undefined;

  constructor(detectors: Detectors, about: PlainFacts, inlay?: Inlaid) {
    this.#detectors = detectors;
    this.#about = about;
    this.#inlay = inlay;
  }

  /** Number of bytes that are held back. */
  get waiting(): number {
    return this.#held + this.#gatheredBytes;
  }

  push(bytes: Uint8Array): Passed {
    if (this.#isOver) return { release: NOTHING, findings: [], blocked: true };
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    if (this.#gathers()) {
      if (this.#gathered.length > 64) this.#gathered = [Buffer.concat(this.#gathered)];
      return { release: NOTHING, findings: [], blocked: false };
    }
    return this.#look(false);
  }

  flush(): Passed {
    if (this.#isOver || this.#gatheredBytes === 0)
      return { release: NOTHING, findings: [], blocked: this.#isOver };
    const work = this.#work;
    const passed = this.#look(false);
    // A flush is limited by time, so it does not count as work: otherwise all later pieces would be gathered.
    this.#work = work;
    return passed;
  }

  end(): Passed {
    return this.#isOver ? { release: NOTHING, findings: [], blocked: true } : this.#look(true);
  }

  startLeaving(): void {
    this.#noteEnd ??= this.#detectors.guesses.ofBody();
    this.#noteEnd(this.#begun, true);
    this.#begun = [];
  }

  /** Also true if another request made one guess too many: the fate of this request would reveal as much. */
  get #isOver(): boolean {
    return this.#blocked || this.#detectors.guesses.isOver;
  }

  /** Whether to wait for more pieces before the next inspection. */
  #gathers(): boolean {
    if (this.#about.isInlaid) return false;
    const work = this.#tail.length + this.#gatheredBytes;
    return this.#work + work > FREE_WORK + (this.#received + this.#gatheredBytes) * MAX_REPEATS;
  }

  #look(final: boolean): Passed {
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    const released: Uint8Array[] = [];
    const findings: Finding[] = [];
    const size = windowSize(bytes.length);
    for (let start = 0; start === 0 || start < bytes.length; start += size) {
      const piece = bytes.subarray(start, start + size);
      released.push(this.#window(piece, { findings, final: final && start + size >= bytes.length }));
      if (this.#isOver) return { release: NOTHING, findings, blocked: true };
    }
    return {
      release: released.length === 1 ? released[0]! : Buffer.concat(released),
      findings,
      blocked: false,
    };
  }

  /** Returns the bytes that may leave from a window that ends with `piece`. */
  #window(piece: Uint8Array, { findings, final }: { findings: Finding[]; final: boolean }): Uint8Array {
    const before = this.#tail.length;
    const window = Buffer.concat([this.#tail, piece]); // a copy, because redaction writes to it
    const offset = this.#received - before;
    this.#received += piece.length;
    this.#work += window.length;
    const { host, where, action, isDecoded, isCompressed } = this.#about;
    const from = before - this.#held;
    const text = {
      bytes: window,
      host,
      where,
      before,
      final,
      offset: isDecoded ? undefined : offset,
      isCompressed,
    };
    const result = scanAndRedact(this.#detectors, text, { action, leftUntil: offset + from });
    const inlaid = [...(this.#inlay?.push(piece) ?? []), ...((final && this.#inlay?.end()) || [])];
    const all = [...result.findings, ...inlaid];
    if (all.length > 0) this.#detectors.guesses.note(all, action);
    for (const finding of all) {
      this.#blocked ||= isBlocking(finding, action);
      if (this.#isNew(finding)) findings.push(finding);
    }
    this.#held = final ? 0 : Math.min(result.unfinished, OVERLAP, window.length - from);
    const until = window.length - this.#held;
    if (this.#noteEnd === undefined) this.#begun = result.begun;
    else this.#noteEnd(result.begun, until > from);
    this.#tail = new Uint8Array(window.subarray(Math.max(0, window.length - OVERLAP)));
    return window.subarray(Math.min(from, until), until);
  }

  /** A finding without a span appears again in each overlap. */
  #isNew({ detector, id, encoding, fingerprint, span }: Finding): boolean {
    if (span !== undefined) return true;
    const key = JSON.stringify([detector, id, encoding, fingerprint]);
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }
}

/** Returns the size of equal windows: a short last window would inspect the overlap again for little new data. */
function windowSize(bytes: number): number {
  return Math.ceil(bytes / Math.max(1, Math.ceil(bytes / WINDOW))) || 1;
}
