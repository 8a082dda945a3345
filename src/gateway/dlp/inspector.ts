import type { Actions } from './actions.ts';
import { inspectBody } from './body/encoded-body.ts';
import type { CompiledRule } from './rules/compile.ts';
import type { Finding, Inspector, KnownSecret, RequestHead } from './finding.ts';
import { createFoldedSearch, createHostInspection } from './head/host.ts';
import { createHeadInspection } from './head/head.ts';
import { formsOf, type Form } from './known/forms.ts';
import { createSearch } from './known/search.ts';
import { Memory } from './memory.ts';
import { createRuleGroups, type RuleGroup } from './rule-groups.ts';
import type { PatternScan } from './rules/match.ts';
import type { Detectors } from './scan.ts';
import type { InspectionThread } from './thread/thread.ts';
import { createLogTextsInspection } from './log-texts.ts';

export interface InspectorOptions {
  readonly secrets: readonly KnownSecret[];
  readonly rules: readonly CompiledRule[];
  /** The clock that ages the memory between requests. */
  readonly nowMs?: () => number;
  /** How many characters of clean heads are remembered. Verdicts do not depend on it. */
  readonly rememberedCharacters?: number;
  /** The memory of the inspectors before this one. */
  readonly memory?: Memory;
  /** The thread that inspects large bodies. */
  readonly thread?: InspectionThread | undefined;
}

const NO_PATTERNS: PatternScan = () => [];
const REMEMBERED_CHARACTERS = 256 * 1024;

/** Returns the inspector of all that leaves a bottle. It indexes and compiles nothing before the first use. */
export function createInspector({
  secrets: given,
  rules,
  nowMs = Date.now,
  rememberedCharacters: maxCharacters = REMEMBERED_CHARACTERS,
  memory = new Memory(),
  thread,
}: InspectorOptions): Inspector {
  const secrets = memory.know(given);
  let made: readonly Form[] | undefined;
  const forms = (): readonly Form[] => (made ??= formsOf(secrets));
  const detectors: Detectors = {
    search: createSearch(forms),
    patterns: NO_PATTERNS,
    pieces: memory.pieces,
    guesses: memory.guesses,
    nowMs,
  };
  const groups = createRuleGroups(rules);
  const folded = { ...detectors, search: createFoldedSearch(secrets) };
  const hostFindings = createHostInspection(folded);
  const heads = new Map<string, ReturnType<typeof createHeadInspection>>();
  const headIn = ({ key, head: patterns }: RuleGroup): ReturnType<typeof createHeadInspection> => {
    const known = heads.get(key);
    if (known !== undefined) return known;
    const made = createHeadInspection({ ...detectors, patterns }, { hostFindings, folded, maxCharacters });
    heads.set(key, made);
    return made;
  };
  const logTexts = createLogTextsInspection(
    { ...detectors, patterns: groups('', 'block').head },
    folded.search,
  );
  return {
    head: (request: RequestHead, actions: Actions = 'block'): readonly Finding[] =>
      headIn(groups(request.host, actions))(request),
    name: hostFindings,
    logTexts,
    note: (findings, actions) => memory.guesses.note(findings, actions),
    body: (about) => inspectBody({ ...detectors, patterns: groups(about.host, about.action).body }, about),
    largeBody: thread && ((about, listener) => thread.begin({ secrets, forms, detectors }, about, listener)),
  };
}
