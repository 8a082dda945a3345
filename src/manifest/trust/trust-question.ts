import { BottleError } from '../../errors.ts';
import { lineDifference } from './difference.ts';
import { grantsIn, programsHere, type AgentGrants } from './grants.ts';
import { loadManifest, type Manifest } from '../load.ts';
import type { Trust } from './trust.ts';
import { escapeText } from '../../ui/terminal/text.ts';

/**
 * Returns the text that the user sees before trusting a manifest: its grants, or, if another version was trusted, the
 * changes. The programs that run on this host come last: even if the rest scrolls away, the user sees them, and
 * their numbers show how many there are.
 */
export function trustQuestion(manifest: Manifest, trust: Trust): readonly string[] {
  const lines =
    trust.status === 'changed'
      ? changeLines(manifest, trust.previous.bytes)
      : grantsIn(manifest).flatMap(renderAgent);
  return [...lines, ...programLines(programsHere(manifest))];
}

const programLines = (programs: readonly string[]): string[] =>
  programs.length === 0
    ? []
    : [
        '',
        'programs on this host that the manifest runs, as you:',
        ...programs.map((line, index) => `  ${index + 1} of ${programs.length}: ${line}`),
      ];

const renderAgent = ({ agent, lines }: AgentGrants): string[] => [
  `agent ${agent}`,
  ...lines.map((line) => `  ${line}`),
];

function changeLines(manifest: Manifest, previousBytes: Uint8Array): readonly string[] {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  return [
    'changed grants:',
    ...grantDifference(previousGrants(manifest, previousBytes), grantsIn(manifest)),
    '',
    'changed lines of the file:',
    ...lineDifference(text(previousBytes), text(manifest.file.bytes)).map((line) => `  ${escapeText(line)}`),
  ];
}

/** Empty if an earlier version of bot-bottle accepted a manifest that this version refuses. */
function previousGrants(manifest: Manifest, bytes: Uint8Array): readonly AgentGrants[] {
  try {
    return grantsIn(loadManifest({ ...manifest.file, bytes }, manifest.outer));
  } catch (error) {
    if (error instanceof BottleError) return [];
    throw error;
  }
}

function grantDifference(before: readonly AgentGrants[], after: readonly AgentGrants[]): string[] {
  const linesOf = (all: readonly AgentGrants[]): ReadonlyMap<string, readonly string[]> =>
    new Map(all.map(({ agent, lines }) => [agent, lines]));
  const [old, young] = [linesOf(before), linesOf(after)];
  const changed = [...new Set([...old.keys(), ...young.keys()])].flatMap((agent) => {
    const [was, is] = [old.get(agent) ?? [], young.get(agent) ?? []];
    const lines = [
      ...was.filter((line) => !is.includes(line)).map((line) => `  - ${line}`),
      ...is.filter((line) => !was.includes(line)).map((line) => `  + ${line}`),
    ];
    return lines.length === 0 ? [] : [`agent ${agent}`, ...lines];
  });
  return changed.length === 0 ? ['  nothing'] : changed;
}
