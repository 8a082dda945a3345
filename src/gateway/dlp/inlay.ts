import { TELL_ALL } from './actions.ts';
import { PlainBody, type Inlaid } from './body.ts';
import { isBomb, MAX_PIECE_OUTPUT, PIECE } from './decompress.ts';
import { createEngine, type Engine } from './engine.ts';
import type { BodyFacts, Finding } from './finding.ts';
import type { Detectors } from './scan.ts';
import { gzipHeaderEnd } from './views/inflate.ts';

/**
 * An archive among the bytes of a body, a part of a form or the body itself, that nobody announced as Content-Encoding: undone
 * from its mark on for as long as it goes, however long that is. A window (`body.ts`) sees only its beginning.
 */

/** `skipped`: the header of gzip, since what follows its end must not count as broken. */
const MARKS = [
  { coding: 'gzip', kind: 'deflate-raw', mark: Buffer.from([0x1f, 0x8b, 8]), skipped: gzipHeaderEnd },
  { coding: 'zstd', kind: 'zstd', mark: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), skipped: () => 0 },
] as const;

interface Open {
  readonly coding: string;
  readonly engine: Engine;
  readonly inner: PlainBody;
  taken: number;
  given: number;
}

export class Inlay implements Inlaid {
  readonly #detectors: Detectors;
  readonly #about: BodyFacts;
  #open: Open | undefined;

  constructor(detectors: Detectors, about: BodyFacts) {
    this.#detectors = detectors;
    this.#about = about;
  }

  /** What is found in an archive as far as it goes with `bytes`. */
  push(bytes: Uint8Array): readonly Finding[] {
    const findings: Finding[] = [];
    for (let at = this.#open === undefined ? this.#begin(bytes) : 0; at < bytes.length; at += PIECE) {
      findings.push(...this.#take(bytes.subarray(at, at + PIECE)));
      if (this.#open === undefined) break;
    }
    return findings;
  }

  /** What is found in what was left. */
  end(): readonly Finding[] {
    if (this.#open === undefined) return [];
    const { coding, engine, inner } = this.#open;
    this.#open = undefined;
    engine.close();
    return inner.end().findings.map((finding) => named(finding, coding));
  }

  #take(piece: Uint8Array): readonly Finding[] {
    const open = this.#open;
    if (open === undefined) return [];
    const { output, state } = open.engine.write(piece, MAX_PIECE_OUTPUT);
    open.taken += piece.length;
    open.given += output.length;
    const findings = open.inner.push(output).findings.map((finding) => named(finding, open.coding));
    if (state === 'large' || isBomb(open.given, open.taken)) {
      const { where } = this.#about;
      findings.push({ detector: 'undecodable', id: 'bomb', fingerprint: '', where, encoding: open.coding });
      return [...findings, ...this.end()];
    }
    // Broken is also what only looked like an archive.
    return state === 'more' ? findings : [...findings, ...this.end()];
  }

  /** Where an archive begins; the length of `bytes` where none does. */
  #begin(bytes: Uint8Array): number {
    for (const { coding, kind, mark, skipped } of MARKS) {
      const start = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(mark);
      const engine = start < 0 ? undefined : createEngine(kind);
      if (engine === undefined) continue;
      // The body that the archive is in is what is judged; in here is only looked.
      const inner = new PlainBody(this.#detectors, { ...this.#about, action: TELL_ALL, isDecoded: true });
      this.#open = { coding, engine, inner, taken: 0, given: 0 };
      return start + skipped(bytes.subarray(start));
    }
    return bytes.length;
  }
}

function named({ encoding, ...rest }: Finding, coding: string): Finding {
  return { ...rest, encoding: encoding === 'raw' ? coding : `${coding}>${encoding}` };
}
