import type { Guesses, Part } from './known/guesses.ts';
import { isBlocking, type BodyFacts, type BodyInspection, type Finding, type Passed } from './finding.ts';
import { scanAndRedact } from './redact.ts';
import type { Detectors } from './scan.ts';

/** A body looked at in windows: each piece together with the end of what came before it. */

/** So much of what has passed is looked at again with what comes: a secret of 100 bytes three times encoded. */
const OVERLAP = 8 * 1024;
/** Larger pieces are taken apart. */
const WINDOW = 64 * 1024;
/** How often a byte may be looked at again before tiny pieces are gathered: sending single bytes must not cost thousands each. */
const MAX_REPEATS = 64;
const FREE_WORK = 1 << 20;
const NOTHING = new Uint8Array(0);

export interface PlainFacts extends BodyFacts {
  /** Places here are none in what leaves. */
  readonly isDecoded?: true;
  /** What stands there by itself is looked for: somebody else decodes it and looks at that. */
  readonly isCompressed?: true;
  readonly arePixels?: boolean;
  /** It comes of what is looked at elsewhere and leaves then: nothing of it may be gathered. */
  readonly isInlaid?: true;
}

/** What looks at the same bytes at a longer stretch (`inlay.ts`). */
export interface Inlaid {
  push(bytes: Uint8Array): readonly Finding[];
  end(): readonly Finding[];
}

/** A body without Content-Encoding. */
export class PlainBody implements BodyInspection {
  readonly #detectors: Detectors;
  readonly #about: PlainFacts;
  /** The end of what was looked at; the last `#held` bytes of it have not left. */
  #tail: Uint8Array = NOTHING;
  #held = 0;
  /** Pieces that wait for more. */
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #received = 0;
  #work = 0;
  #blocked = false;
  readonly #told = new Set<string>();
  /** From when it leaves on, of what its end waits for. */
  #noteEnd: ReturnType<Guesses['ofBody']> | undefined;
  /** Until then, what that is. */
  #begun: readonly Part[] = [];
  readonly #inlay: Inlaid | undefined;

  constructor(detectors: Detectors, about: PlainFacts, inlay?: Inlaid) {
    this.#detectors = detectors;
    this.#about = about;
    this.#inlay = inlay;
  }

  /** How many bytes wait. */
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
    // What is bounded by time counts for nothing: else all that follows would be gathered.
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

  /** Also where another request was one guess too many: what becomes of this one tells as much. */
  get #isOver(): boolean {
    return this.#blocked || this.#detectors.guesses.isOver;
  }

  /** Whether the pieces that are here are not worth a look yet. */
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

  /** What may leave of a window that ends with `piece`. */
  #window(piece: Uint8Array, { findings, final }: { findings: Finding[]; final: boolean }): Uint8Array {
    const before = this.#tail.length;
    const window = Buffer.concat([this.#tail, piece]); // a copy: it is written to
    const offset = this.#received - before;
    this.#received += piece.length;
    this.#work += window.length;
    const { host, where, action, isDecoded, isCompressed, arePixels } = this.#about;
    const from = before - this.#held;
    const text = {
      bytes: window,
      host,
      where,
      before,
      final,
      offset: isDecoded ? undefined : offset,
      isCompressed,
      arePixels,
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

  /** What has no span is seen again with each overlap. */
  #isNew({ detector, id, encoding, fingerprint, span }: Finding): boolean {
    if (span !== undefined) return true;
    const key = JSON.stringify([detector, id, encoding, fingerprint]);
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }
}

/** Windows of equal size: a short last one would cost an overlap for little. */
function windowSize(bytes: number): number {
  return Math.ceil(bytes / Math.max(1, Math.ceil(bytes / WINDOW))) || 1;
}
