import { styled } from '../../ui/colour.ts';
import { escapeText } from '../../ui/terminal/text.ts';
import type { BottleFindings } from '../findings/bottle.ts';
import { SEVERITIES, type Finding, type Severity } from '../findings/finding.ts';
import { probedIn } from './probed-in.ts';
import { plural } from './verdict.ts';
import { wrap } from './wrap.ts';

/** What a bottle's own grants suggest, for people at a terminal: after the matrix, the most severe first. */

const STYLES = { high: 'red', medium: 'yellow', low: 'bold', info: 'dim' } as const;

/** All of it. */
export function renderGrants({ bottle, findings, findingCounts }: BottleFindings): string {
  const counts = SEVERITIES.map((severity) => `${findingCounts[severity]} ${severity}`).join(', ');
  const head = `Attacks that the grants of ${bottle.name} suggest: ${plural(findings.length, 'finding')} (${counts}). “It” is whatever has taken the agent over.`;
  const sections = [
    wrap(escapeText(head)).map((line) => styled('bold', line)),
    probedIn(bottle).flatMap((line, at) => wrap(escapeText(line), at === 0 ? '' : '  - ')),
    ...findings.map(findingLines),
    wrap(
      'Findings do not change the exit code; --fail-on high, medium or low makes it 8 for one of these or worse.',
    ),
  ];
  return sections.map((lines) => lines.join('\n')).join('\n\n');
}

function findingLines(finding: Finding): string[] {
  const { id, severity, claim, evidence, place, why, remedy, source } = finding;
  const at = place === null ? '' : ` (${place})`;
  return [
    ...wrap(escapeText(`${claim} [${id}]`), `${label(severity)}: `).map((line) =>
      styled(STYLES[severity], line),
    ),
    ...wrap(escapeText(`${evidence}${at}`), '  because   '),
    ...wrap(escapeText(why), '  severity  '),
    ...wrap(escapeText(remedy), '  instead   '),
    ...wrap(escapeText(source), '  source    '),
  ];
}

const label = (severity: Severity): string => severity.toUpperCase();
