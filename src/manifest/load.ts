import { crossChecks, referenceProblems, type OuterNames } from './schema/cross-checks.ts';
import { parseDocument, type YamlDocument, decodeText } from './text/document.ts';
import { inherit } from './extends/inherit.ts';
import { problemsOfIssue } from './schema/issues.ts';
import { parentsFirst } from './extends/parents.ts';
import type { ManifestFile } from './text/read.ts';
import { manifestError, MOST_PROBLEMS, type Problem } from './text/report.ts';
import { MANIFEST_SCHEMA, type AgentInput, type BottleInput, type ManifestInput } from './schema/schema.ts';
import { ownSettings, type Settings } from './extends/settings.ts';

/** A bottle with all inherited settings. */
export interface Bottle {
  readonly name: string;
  readonly settings: Settings;
  /** The files that contribute to the bottle. */
  readonly files: readonly ManifestFile[];
  readonly notes: readonly string[];
}

/** A manifest that is valid as a whole: every name in it is defined. */
export interface Manifest {
  readonly file: ManifestFile;
  readonly document: YamlDocument;
  readonly bottles: ReadonlyMap<string, Bottle>;
  readonly agents: ReadonlyMap<string, AgentInput>;
  /** The user's own manifest, whose names this one may use. */
  readonly outer: Manifest | undefined;
}

/**
 * Parses a manifest and checks it completely.
 * @throws BottleError `manifest` with every problem of the file, each with its position
 */
export function loadManifest(file: ManifestFile, outer?: Manifest): Manifest {
  const document = parseDocument(decodeText(file.bytes, file.shownAs));
  if (document.data === undefined) throw manifestError(document.problems);
  const checked = MANIFEST_SCHEMA.safeParse(document.data);
  const problems = [
    ...document.problems,
    ...(checked.error?.issues ?? [])
      .slice(0, MOST_PROBLEMS + 1)
      .flatMap((issue) => problemsOfIssue(document, issue)),
    ...crossChecks(document),
    ...referenceProblems(document, namesOf(outer)),
  ];
  if (problems.length > 0 || checked.data === undefined) throw manifestError(problems);
  return assemble({ file, document, outer }, checked.data);
}

/** Returns the bottle with this name, from this manifest or its outer one. */
export const bottleIn = (manifest: Manifest, name: string): Bottle | undefined =>
  manifest.bottles.get(name) ?? manifest.outer?.bottles.get(name);

function namesOf(manifest: Manifest | undefined): OuterNames {
  const placesOf = (section: 'bottles' | 'agents'): OuterNames['bottles'] =>
    new Map(
      [...(manifest?.[section].keys() ?? [])].flatMap((name) =>
        manifest === undefined ? [] : [[name, manifest.document.keyPlace([section, name])]],
      ),
    );
  return { bottles: placesOf('bottles'), agents: placesOf('agents') };
}

function assemble(source: Pick<Manifest, 'file' | 'document' | 'outer'>, input: ManifestInput): Manifest {
  const bottles = new Map<string, Bottle>();
  const problems: Problem[] = [];
  const written = new Map(Object.entries(input.bottles ?? {}));
  const parentsOf = new Map([...written].map(([name, bottle]) => [name, parentNames(bottle)]));
  for (const name of parentsFirst(parentsOf)) {
    const parents = (parentsOf.get(name) ?? [])
      .map((parent) => bottles.get(parent) ?? source.outer?.bottles.get(parent))
      .filter((parent) => parent !== undefined);
    const inherited = inherit(
      ownSettings(source, name, written.get(name) ?? {}),
      parents.map((parent) => parent.settings),
      source.document.keyPlace(['bottles', name]),
    );
    problems.push(...inherited.problems);
    const files = [...new Set([source.file, ...parents.flatMap((parent) => parent.files)])];
    bottles.set(name, { name, settings: inherited.settings, files, notes: inherited.notes });
  }
  if (problems.length > 0) throw manifestError(problems);
  return { ...source, bottles, agents: new Map(Object.entries(input.agents ?? {})) };
}

const parentNames = ({ extends: parents }: BottleInput): readonly string[] =>
  parents === undefined ? [] : typeof parents === 'string' ? [parents] : parents;
