import type { KeyPath, YamlDocument } from '../text/document.ts';
import { entriesOf, isMap, itemsOf, type DataMap } from '../text/data.ts';
import { ruleFindings, type Finding } from './rule-checks.ts';
import { AGENT_KINDS } from './schema.ts';
import { keyName } from '../text/message-text.ts';
import type { Problem } from '../text/report.ts';

/**
 * Checks combinations of keys; the schema checks each key alone. Accepts data that fails the schema elsewhere, so that
 * the user gets all problems of a file at once. Skips values of the wrong type, which the schema reports.
 */
export function crossChecks(document: YamlDocument): Problem[] {
  return findings(document.data).map(({ path, what }) => ({ at: document.keyPlace(path), what }));
}

function findings(data: unknown): Finding[] {
  if (!isMap(data)) return [];
  if (data['bottles'] === undefined && data['agents'] === undefined) {
    return [{ path: [], what: 'a manifest describes `bottles` and `agents`; this one has neither' }];
  }
  return [
    ...entriesOf(data['bottles']).flatMap(([name, bottle]) => bottleFindings(name, bottle)),
    ...entriesOf(data['agents']).flatMap(([name, agent]) => agentFindings(['agents', name], agent)),
  ];
}

function bottleFindings(name: string, bottle: DataMap): Finding[] {
  const egress = bottle['egress'];
  if (!isMap(egress)) return [];
  return (['allow', 'deny'] as const).flatMap((side) =>
    itemsOf(egress[side]).flatMap(([index, rule]) =>
      ruleFindings(rule, ['bottles', name, 'egress', side, index], side),
    ),
  );
}

const CUSTOM_ONLY = ['install', 'command', 'headless', 'hosts', 'skillsPath', 'promptPath'] as const;

function agentFindings(path: KeyPath, agent: DataMap): Finding[] {
  if (agent['agent'] !== 'custom') {
    // The schema reports a missing or misspelt kind. Without the kind, the keys that belong to it are unknown.
    if (!AGENT_KINDS.some((kind) => kind === agent['agent'])) return [];
    return CUSTOM_ONLY.filter((key) => agent[key] !== undefined).map((key) => ({
      path: [...path, key],
      what: `${keyName([...path, key])} goes with \`agent: custom\` only`,
    }));
  }
  const found: Finding[] = [];
  if (agent['command'] === undefined) {
    found.push({ path, what: `${keyName(path)} is \`custom\` and has no \`command\`` });
  }
  const headless = agent['headless'];
  if (Array.isArray(headless) && !headless.some((part) => String(part).includes('{prompt}'))) {
    found.push({
      path: [...path, 'headless'],
      what: `${keyName([...path, 'headless'])} has no \`{prompt}\` in it, which stands for the prompt`,
    });
  }
  return found;
}
