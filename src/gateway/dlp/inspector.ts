import { inspectBody } from './encodedBody.ts';
import type { CompiledRule } from './rules/compile.ts';
import type { Finding, Inspector, KnownSecret, RequestHead } from './finding.ts';
import { createFoldedSearch, createHostInspection, createNameInspection } from './host.ts';
import { createHeadInspection } from './head.ts';
import { formsOf } from './known/forms.ts';
import { Pieces } from './known/pieces.ts';
import { createSearch } from './known/search.ts';
import { Trail } from './known/trail.ts';
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
}

const REMEMBERED_CHARACTERS = 256 * 1024;

/** What looks at everything that leaves a bottle. Nothing is indexed or compiled before it is first needed. */
export function createInspector({
  secrets,
  rules,
  nowMs = Date.now,
  rememberedCharacters: maxCharacters = REMEMBERED_CHARACTERS,
}: InspectorOptions): Inspector {
  const detectors: Detectors = {
    search: createSearch(() => formsOf(secrets)),
    patterns: createPatternScan(rules),
    pieces: new Pieces(),
    trail: new Trail(maxCharacters),
    nowMs,
  };
  // In a head, every `key: value` looks like an assignment.
  const certain = createPatternScan(rules.filter(({ advisory }) => advisory !== true));
  const folded = { ...detectors, search: createFoldedSearch(secrets) };
  const name = createNameInspection(folded, maxCharacters);
  const hostFindings = createHostInspection(folded);
  const head = createHeadInspection({ ...detectors, patterns: certain }, { hostFindings, maxCharacters });
  const told = createToldInspection({ ...detectors, patterns: certain }, folded.search);
  return {
    head: (request: RequestHead): readonly Finding[] => head(request),
    name,
    told,
    body: (about) => inspectBody(detectors, about),
  };
}
