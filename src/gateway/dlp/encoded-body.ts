import { withoutCutting } from './actions.ts';
import { AWS_CHUNKED, createAwsChunks } from './aws-chunked.ts';
import { createDecompressor, Undecodable, type Decompressor } from './decompress.ts';
import { isBlocking, type BodyFacts, type BodyInspection, type Finding, type Passed } from './finding.ts';
import { PlainBody } from './body.ts';
import { Inlay } from './inlay.ts';
import type { Detectors } from './scan.ts';

/**
 * A body with a Content-Encoding: what it decodes to is looked at, and the bytes as they came leave when that is clean. These
 * hold more than what they decode to: names, comments and metadata, which decoders skip. So they are looked at too.
 */

const NOTHING = new Uint8Array(0);
/** Programs use one, besides what costs next to nothing, AWS's; more are a way to use up time. */
const MAX_CODINGS = 2;
/** Of a block of zstd, and heads: RFC 8878, 3.1.1.2.4. What nothing comes of for longer is no data, and is looked at as it is. */
const MAX_SILENT = 132 * 1024;

/** The inspection for a body, by its Content-Encoding. */
export function inspectBody(detectors: Detectors, about: BodyFacts): BodyInspection {
  const codings = (about.contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > 0) return new EncodedBody(detectors, about, inOrder(codings));
  return new PlainBody(detectors, about, new Inlay(detectors, about));
}

/** AWS's is done last wherever it is named: before the others in its documentation, behind them by its clients. */
function inOrder(codings: readonly string[]): readonly string[] {
  const at = codings.indexOf(AWS_CHUNKED);
  return at < 0 ? codings : [...codings.toSpliced(at, 1), AWS_CHUNKED];
}

/** What undoes these, the last one first. */
function decompressorsOf(codings: readonly string[]): readonly (Decompressor | undefined)[] {
  const others = codings.at(-1) === AWS_CHUNKED ? codings.slice(0, -1) : codings;
  if (others.length > MAX_CODINGS) return [undefined];
  const undone = others.toReversed().map(createDecompressor);
  return others === codings ? undone : [createAwsChunks(), ...undone];
}

class EncodedBody implements BodyInspection {
  readonly #about: BodyFacts;
  readonly #codings: readonly string[];
  /** In the order in which they are undone. */
  #decompressors: readonly (Decompressor | undefined)[];
  /** Of the bytes as they came, and of what each decompressor makes of what the one before it made. */
  #views: readonly PlainBody[];
  #pending: Uint8Array[] = [];
  #blocked = false;

  constructor(detectors: Detectors, about: BodyFacts, codings: readonly string[]) {
    this.#codings = codings;
    this.#decompressors = decompressorsOf(codings);
    // What was decoded cannot be cut out of what was encoded.
    this.#about = { ...about, action: withoutCutting(about.action) };
    const inner = { ...this.#about, isDecoded: true } as const;
    const outer = { ...inner, isCompressed: true } as const;
    // In compressed bytes, patterns match noise.
    const known = { ...detectors, patterns: () => [] };
    const plain = (): PlainBody => new PlainBody(detectors, inner, new Inlay(detectors, inner));
    // Chunks compress nothing: a host that does not know them reads all as it comes.
    const isPlain = codings.length === 1 && codings[0] === AWS_CHUNKED;
    this.#views = [
      ...this.#decompressors.map(() => (isPlain ? plain() : new PlainBody(known, outer))),
      plain(),
    ];
  }

  push(bytes: Uint8Array): Passed {
    this.#pending.push(bytes);
    return this.#pass((findings) => {
      let decoded = bytes;
      for (const [depth, view] of this.#views.entries()) {
        if (depth > 0) decoded = this.#undone(decoded, depth);
        this.#add(findings, depth, view.push(decoded));
        if (this.#blocked) return;
      }
    });
  }

  end(): Passed {
    return this.#pass((findings) => {
      for (const [depth, view] of this.#views.entries()) this.#add(findings, depth, view.end());
      for (const decompressor of this.#decompressors) decompressor?.end();
      this.#close();
    });
  }

  /** What may leave after a look. */
  #pass(look: (findings: Finding[]) => void): Passed {
    const findings: Finding[] = [];
    try {
      if (!this.#blocked) look(findings);
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      this.#giveUp(error.message, findings);
    }
    if (this.#blocked) {
      this.#close();
      this.#pending = [];
    }
    if (this.#blocked || this.#waits()) return { release: NOTHING, findings, blocked: this.#blocked };
    const release = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    return { release, findings, blocked: false };
  }

  #waits(): boolean {
    const isHeld = (silent = 0) => silent > 0 && silent <= MAX_SILENT;
    return (
      this.#views.some(({ waiting }) => waiting > 0) ||
      this.#decompressors.some((decompressor) => isHeld(decompressor?.silent))
    );
  }

  /** Throws `Undecodable`. */
  #undone(bytes: Uint8Array, depth: number): Uint8Array {
    const decompressor = this.#decompressors[depth - 1];
    if (decompressor === undefined) throw new Undecodable(this.#codings.join(', ').slice(0, 64));
    return decompressor.push(bytes);
  }

  /** Adds what was found where so many codings were undone. */
  #add(to: Finding[], depth: number, { findings, blocked }: Passed): void {
    const undone = this.#codings.toReversed().slice(0, depth);
    for (const { encoding, ...rest } of findings) {
      const codings = encoding === 'raw' ? undone : [...undone, encoding];
      to.push({ ...rest, encoding: codings.join('>') || 'raw' });
    }
    this.#blocked ||= blocked;
  }

  /** Nobody can say what is in the rest. Where it may pass all the same, it is looked at as it came. */
  #giveUp(id: string, findings: Finding[]): void {
    const encoding = this.#codings.join(', ').slice(0, 64);
    const finding: Finding = {
      detector: 'undecodable',
      id,
      fingerprint: '',
      where: this.#about.where,
      encoding,
    };
    findings.push(finding);
    this.#close();
    this.#views = this.#views.slice(0, 1);
    this.#blocked ||= isBlocking(finding, this.#about.action);
  }

  #close(): void {
    for (const decompressor of this.#decompressors) decompressor?.close();
    this.#decompressors = [];
  }
}
