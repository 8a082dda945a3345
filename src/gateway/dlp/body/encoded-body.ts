import { Held } from '../../message/held.ts';
import { withoutCutting } from '../actions.ts';
import { AWS_CHUNKED, createAwsChunks } from './aws-chunked.ts';
import { createDecompressor, PIECE, Undecodable, type Decompressor } from './decompress.ts';
import { isBlocking, type BodyFacts, type BodyInspection, type Finding, type Passed } from '../finding.ts';
import { PlainBody } from './body.ts';
import { Inlay } from './inlay.ts';
import { NO_RULES } from '../rules/match.ts';
import type { Detectors } from '../scan.ts';

/**
 * A body with a Content-Encoding: the decoded bytes are inspected, and the original bytes leave if these are clean. The
 * original bytes hold more than the decoded ones (names, comments and metadata that decoders skip), so they are
 * inspected too.
 */

const NOTHING = new Uint8Array(0);
/** Programs use one coding, besides AWS's, which costs next to nothing. More are a way to waste time. */
const MAX_CODINGS = 2;
/** Longest zstd block, with heads: RFC 8878, 3.1.1.2.4. Longer input without output is no data; it is inspected raw. */
const MAX_SILENT = 132 * 1024;
/**
 * Most bytes that may wait for their decoded form, besides the first piece. No program's data waits for several pieces.
 */
const MAX_PENDING_BYTES = 1024 * 1024;

/** Returns the inspection for a body, chosen by its Content-Encoding. */
export function inspectBody(detectors: Detectors, about: BodyFacts): BodyInspection {
  const codings = (about.contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > 0) return new EncodedBody(detectors, about, inOrder(codings));
  return new PlainBody(detectors, about, new Inlay(detectors, about));
}

/** Moves AWS's coding to the end: its documentation names it first, its clients name it last. */
function inOrder(codings: readonly string[]): readonly string[] {
  const at = codings.indexOf(AWS_CHUNKED);
  return at < 0 ? codings : [...codings.toSpliced(at, 1), AWS_CHUNKED];
}

/** Returns the decompressors for these codings, in the order of decoding: the last coding first. */
function decompressorsOf(
  codings: readonly string[],
  receivedBytes: () => number,
): readonly (Decompressor | undefined)[] {
  const others = codings.at(-1) === AWS_CHUNKED ? codings.slice(0, -1) : codings;
  if (others.length > MAX_CODINGS) return [undefined];
  const undone = others.toReversed().map((coding) => createDecompressor(coding, receivedBytes));
  return others === codings ? undone : [createAwsChunks(), ...undone];
}

class EncodedBody implements BodyInspection {
  readonly #about: BodyFacts;
  readonly #codings: readonly string[];
  /** In the order of decoding. */
  #decompressors: readonly (Decompressor | undefined)[];
  /** The first inspects the original bytes; each of the others inspects the output of one decompressor. */
  #views: readonly PlainBody[];
  readonly #pending = new Held();
  /** Size of the first piece that waits: it may be all that the client sends. */
  #firstBytes = 0;
  #receivedBytes = 0;
  /** Number of pending bytes whose decoded form is complete. */
  #undone = 0;
  #blocked = false;

  constructor(detectors: Detectors, about: BodyFacts, codings: readonly string[]) {
    this.#codings = codings;
    this.#decompressors = decompressorsOf(codings, () => this.#receivedBytes);
    // Decoded values cannot be redacted in the encoded bytes.
    this.#about = { ...about, action: withoutCutting(about.action) };
    const inner = { ...this.#about, isDecoded: true } as const;
    const outer = { ...inner, isCompressed: true } as const;
    // Patterns match noise in compressed bytes.
    const known = { ...detectors, patterns: NO_RULES };
    const plain = (): PlainBody => new PlainBody(detectors, inner, new Inlay(detectors, inner));
    // Chunks compress nothing: a host that does not know the coding reads the bytes as they are.
    const isPlain = codings.length === 1 && codings[0] === AWS_CHUNKED;
    this.#views = [
      ...this.#decompressors.map(() => (isPlain ? plain() : new PlainBody(known, outer))),
      plain(),
    ];
  }

  push(bytes: Uint8Array): Passed {
    if (this.#pending.bytes === 0) this.#firstBytes = bytes.length;
    this.#pending.add(bytes);
    return this.#pass((findings) => {
      const decoded: Uint8Array[][] = this.#views.map(() => []);
      try {
        this.#undo(bytes, decoded);
      } finally {
        // Also inspects the bytes decoded before the error.
        for (const [depth, view] of this.#views.entries()) {
          if (!this.#blocked) this.#add(findings, depth, view.push(Buffer.concat(decoded[depth]!)));
        }
      }
      if (this.#isTooMuch()) this.#flushViews(findings);
      if (!this.#isTooMuch()) return;
      // The refusal reveals the held bytes, even if none of them has left.
      this.startLeaving();
      throw new Undecodable('bomb');
    });
  }

  flush(): Passed {
    return this.#pass((findings) => this.#flushViews(findings));
  }

  end(): Passed {
    return this.#pass((findings) => {
      for (const [depth, view] of this.#views.entries()) this.#add(findings, depth, view.end());
      for (const decompressor of this.#decompressors) decompressor?.end();
      this.#close();
    });
  }

  startLeaving(): void {
    for (const view of this.#views) view.startLeaving();
  }

  /** Runs `look`, and returns the bytes that may leave after it. */
  #pass(look: (findings: Finding[]) => void): Passed {
    const findings: Finding[] = [];
    try {
      if (!this.#blocked) look(findings);
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      this.#giveUp(error.message, findings);
    }
    if (!this.#blocked) return { release: this.#released(), findings, blocked: false };
    this.#close();
    this.#pending.drop();
    return { release: NOTHING, findings, blocked: true };
  }

  /** Takes the pending bytes that need not wait. */
  #released(): Uint8Array {
    const until = this.#ready();
    if (until === 0) return NOTHING;
    const all = this.#pending.takeAll();
    if (until < all.length) this.#pending.add(all.subarray(until));
    this.#firstBytes = this.#pending.bytes;
    this.#undone -= until;
    return all.subarray(0, until);
  }

  /**
   * Returns how many pending bytes may leave: none while decoded bytes wait, because their source bytes are not known.
   */
  #ready(): number {
    const [outer, ...decoded] = this.#views;
    if (decoded.some(({ waiting }) => waiting > 0)) return 0;
    return Math.min(this.#undone, this.#pending.bytes - (outer?.waiting ?? 0));
  }

  #flushViews(findings: Finding[]): void {
    for (const [depth, view] of this.#views.entries()) this.#add(findings, depth, view.flush());
  }

  /** Whether more bytes wait for their decoded form than in any honest body. */
  #isTooMuch(): boolean {
    const isMuch = this.#pending.bytes - this.#firstBytes > MAX_PENDING_BYTES;
    return isMuch && !this.#blocked && this.#ready() === 0;
  }

  /**
   * Adds to `decoded` the output for `bytes` at each depth.
   * @throws Undecodable
   */
  #undo(bytes: Uint8Array, decoded: readonly Uint8Array[][]): void {
    decoded[0]!.push(bytes);
    const before = this.#pending.bytes - bytes.length;
    // Uses small steps: nothing may wait at some place within a piece, even if something waits at its end.
    for (let at = 0; at === 0 || at < bytes.length; at += PIECE) {
      let piece = bytes.subarray(at, at + PIECE);
      this.#receivedBytes += piece.length;
      const until = before + at + piece.length;
      for (const [index, decompressor] of this.#decompressors.entries()) {
        if (decompressor === undefined) throw new Undecodable(this.#codings.join(', ').slice(0, 64));
        piece = decompressor.push(piece);
        decoded[index + 1]!.push(piece);
      }
      if (!this.#decompressors.some(isSilent)) this.#undone = until;
    }
  }

  /** Adds the findings of the view at `depth`, with the codings that were undone before it. */
  #add(to: Finding[], depth: number, { findings, blocked }: Passed): void {
    const undone = this.#codings.toReversed().slice(0, depth);
    for (const { encoding, ...rest } of findings) {
      const codings = encoding === 'raw' ? undone : [...undone, encoding];
      to.push({ ...rest, encoding: codings.join('>') || 'raw' });
    }
    this.#blocked ||= blocked;
  }

  /** Reports that the rest cannot be decoded. If it may pass, the inspection continues with the original bytes only. */
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
    this.#undone = Infinity;
  }
}

/** Whether input of this decompressor may still give output. */
function isSilent(decompressor: Decompressor | undefined): boolean {
  return decompressor !== undefined && decompressor.silent > 0 && decompressor.silent <= MAX_SILENT;
}
