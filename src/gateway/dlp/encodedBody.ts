import { withoutCutting } from './actions.ts';
import { createDecompressor, Undecodable, type Decompressor } from './decompress.ts';
import { isBlocking, type BodyFacts, type BodyInspection, type Finding, type Passed } from './finding.ts';
import { PlainBody } from './body.ts';
import { Inlay } from './inlay.ts';
import type { Detectors } from './scan.ts';

/** A body with a Content-Encoding: what it decodes to is looked at, and the bytes as they came leave when that is clean. */

const NOTHING = new Uint8Array(0);
/** Programs use one; more are a way to use up time. */
const MAX_CODINGS = 2;

/** The inspection for a body, by its Content-Encoding. */
export function inspectBody(detectors: Detectors, about: BodyFacts): BodyInspection {
  const codings = (about.contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > 0) return new EncodedBody(detectors, about, codings);
  return new PlainBody(detectors, about, new Inlay(detectors, about));
}

class EncodedBody implements BodyInspection {
  readonly #about: BodyFacts;
  readonly #codings: readonly string[];
  /** In the order in which they are undone. */
  readonly #decompressors: readonly (Decompressor | undefined)[];
  readonly #inner: PlainBody;
  #pending: Uint8Array[] = [];
  #blocked = false;
  /** Nobody can say what is in the rest, and it may pass all the same. */
  #opened = false;

  constructor(detectors: Detectors, about: BodyFacts, codings: readonly string[]) {
    this.#about = about;
    this.#codings = codings;
    // What was decoded cannot be cut out of what was encoded.
    const action = withoutCutting(about.action);
    const inner = { ...about, action, isDecoded: true } as const;
    this.#inner = new PlainBody(detectors, inner, new Inlay(detectors, inner));
    this.#decompressors =
      codings.length > MAX_CODINGS ? [undefined] : codings.toReversed().map(createDecompressor);
  }

  push(bytes: Uint8Array): Passed {
    if (this.#blocked) return { release: NOTHING, findings: [], blocked: true };
    if (this.#opened) return { release: bytes, findings: [], blocked: false };
    let decoded = bytes;
    try {
      for (const decompressor of this.#decompressors) {
        if (decompressor === undefined) throw new Undecodable(this.#codings.join(', ').slice(0, 64));
        decoded = decompressor.push(decoded);
      }
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      this.#pending.push(bytes);
      return this.#giveUp(error.message);
    }
    this.#pending.push(bytes);
    return this.#pass(this.#inner.push(decoded), this.#inner.waiting > 0);
  }

  end(): Passed {
    if (this.#blocked) return { release: NOTHING, findings: [], blocked: true };
    if (this.#opened) return { release: NOTHING, findings: [], blocked: false };
    const passed = this.#pass(this.#inner.end(), false);
    this.#close();
    return passed;
  }

  #pass({ findings, blocked }: Passed, waits: boolean): Passed {
    const named = findings.map(({ encoding, ...rest }): Finding => ({
      ...rest,
      encoding: [...this.#codings.toReversed(), ...(encoding === 'raw' ? [] : [encoding])].join('>'),
    }));
    if (blocked) {
      this.#close();
      this.#blocked = true;
      this.#pending = [];
    }
    if (blocked || waits) return { release: NOTHING, findings: named, blocked };
    const release = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    return { release, findings: named, blocked };
  }

  #giveUp(id: string): Passed {
    this.#close();
    const encoding = this.#codings.join(', ').slice(0, 64);
    const finding: Finding = {
      detector: 'undecodable',
      id,
      fingerprint: '',
      where: this.#about.where,
      encoding,
    };
    const waiting = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#blocked = isBlocking(finding, this.#about.action);
    this.#opened = !this.#blocked;
    return { release: this.#opened ? waiting : NOTHING, findings: [finding], blocked: this.#blocked };
  }

  #close(): void {
    for (const decompressor of this.#decompressors) decompressor?.close();
  }
}
