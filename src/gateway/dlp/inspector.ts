import { inspectBody } from './encoded-body.ts';
import type { CompiledRule } from './rules/compile.ts';
import type { Finding, Inspector, KnownSecret, RequestHead } from './finding.ts';
import { createFoldedSearch, createHostInspection, createNameInspection } from './host.ts';
import { createHeadInspection } from './head.ts';
import { formsOf } from './known/forms.ts';
import { createSearch } from './known/search.ts';
import { Trail } from './known/trail.ts';
import { Memory } from './memory.ts';
import { createPatternScan } from './rules/match.ts';
import type { Detectors } from './scan.ts';
import { createToldInspection } from './told.ts';

export interface InspectorOptions {
  readonly secrets: readonly KnownSecret[];
  readonly rules: readonly CompiledRule[];
  /** The clock, for what is remembered from request to request. */
  readonly nowMs?: () => number;
  /** How much is remembered of what was seen in heads and holds nothing; verdicts do not depend on it. */
  readonly rememberedCharacters?: number;
  /** Of inspectors before this one. */
  readonly memory?: Memory;
}

const REMEMBERED_CHARACTERS = 256 * 1024;

/** What looks at everything that leaves a bottle. Nothing is indexed or compiled before it is first needed. */
export function createInspector({
  secrets: given,
  rules,
  nowMs = Date.now,
  rememberedCharacters: maxCharacters = REMEMBERED_CHARACTERS,
  memory = new Memory(),
}: InspectorOptions): Inspector {
  const secrets = memory.know(given);
  const detectors: Detectors = {
    search: createSearch(() => formsOf(secrets)),
    patterns: createPatternScan(rules),
    pieces: memory.pieces,
    guesses: memory.guesses,
    trail: new Trail(maxCharacters, memory.trail),
    nowMs,
  };
  // In a head, every `key: value` looks like an assignment.
  const certain = createPatternScan(rules.filter(({ advisory }) => advisory !== true));
  const folded = { ...detectors, search: createFoldedSearch(secrets) };
  const name = createNameInspection(folded, { memory, maxCharacters });
  const hostFindings = createHostInspection(folded);
  const head = createHeadInspection(
    { ...detectors, patterns: certain },
    { hostFindings, folded, maxCharacters },
  );
  const told = createToldInspection({ ...detectors, patterns: certain }, folded.search);
  return {
    head: (request: RequestHead): readonly Finding[] => head(request),
    name,
    told,
    note: (findings, actions) => memory.guesses.note(findings, actions),
    body: (about) => inspectBody(detectors, about),
  };
}
