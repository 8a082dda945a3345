import { Held } from '../message/held.ts';
import { withoutCutting } from './actions.ts';
import { AWS_CHUNKED, createAwsChunks } from './aws-chunked.ts';
import { createDecompressor, PIECE, Undecodable, type Decompressor } from './decompress.ts';
import { isBlocking, type BodyFacts, type BodyInspection, type Finding, type Passed } from './finding.ts';
import { PlainBody } from './body.ts';
import { Inlay } from './inlay.ts';
import { NO_RULES } from './rules/match.ts';
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
/** So much may wait for what it decodes to, besides the piece that was first: no program's data ends so piece after piece. */
const MAX_PENDING_BYTES = 1024 * 1024;

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
  /** In the order in which they are undone. */
  #decompressors: readonly (Decompressor | undefined)[];
  /** Of the bytes as they came, and of what each decompressor makes of what the one before it made. */
  #views: readonly PlainBody[];
  readonly #pending = new Held();
  /** The first piece that waits may be all that is sent. */
  #firstBytes = 0;
  #receivedBytes = 0;
  /** Of so many of these all has come that does. */
  #undone = 0;
  #blocked = false;

  constructor(detectors: Detectors, about: BodyFacts, codings: readonly string[]) {
    this.#codings = codings;
    this.#decompressors = decompressorsOf(codings, () => this.#receivedBytes);
    // What was decoded cannot be cut out of what was encoded.
    this.#about = { ...about, action: withoutCutting(about.action) };
    const inner = { ...this.#about, isDecoded: true } as const;
    const outer = { ...inner, isCompressed: true } as const;
    // In compressed bytes, patterns match noise.
    const known = { ...detectors, patterns: NO_RULES };
    const plain = (): PlainBody => new PlainBody(detectors, inner, new Inlay(detectors, inner));
    // Chunks compress nothing: a host that does not know them reads all as it comes.
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
        // Also what came before it broke.
        for (const [depth, view] of this.#views.entries()) {
          if (!this.#blocked) this.#add(findings, depth, view.push(Buffer.concat(decoded[depth]!)));
        }
      }
      if (this.#isTooMuch()) this.#flushViews(findings);
      if (!this.#isTooMuch()) return;
      // That it is refused tells what waits, also where nothing of it has left.
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

  /** What may leave after a look. */
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

  /** What need not wait of what is here. */
  #released(): Uint8Array {
    const until = this.#ready();
    if (until === 0) return NOTHING;
    const all = this.#pending.takeAll();
    if (until < all.length) this.#pending.add(all.subarray(until));
    this.#firstBytes = this.#pending.bytes;
    this.#undone -= until;
    return all.subarray(0, until);
  }

  /** How much need not wait. Where something waits that was decoded, nobody knows which bytes it came of. */
  #ready(): number {
    const [outer, ...decoded] = this.#views;
    if (decoded.some(({ waiting }) => waiting > 0)) return 0;
    return Math.min(this.#undone, this.#pending.bytes - (outer?.waiting ?? 0));
  }

  #flushViews(findings: Finding[]): void {
    for (const [depth, view] of this.#views.entries()) this.#add(findings, depth, view.flush());
  }

  /** Whether more waits for what it decodes to than does in any honest body. */
  #isTooMuch(): boolean {
    const isMuch = this.#pending.bytes - this.#firstBytes > MAX_PENDING_BYTES;
    return isMuch && !this.#blocked && this.#ready() === 0;
  }

  /** Adds to `decoded` what comes of `bytes` at each depth. @throws Undecodable */
  #undo(bytes: Uint8Array, decoded: readonly Uint8Array[][]): void {
    decoded[0]!.push(bytes);
    const before = this.#pending.bytes - bytes.length;
    // In small steps: somewhere within a piece nothing may wait, where something does at its end.
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
    this.#undone = Infinity;
  }
}

/** Whether something may yet come of what was undone. */
function isSilent(decompressor: Decompressor | undefined): boolean {
  return decompressor !== undefined && decompressor.silent > 0 && decompressor.silent <= MAX_SILENT;
}
