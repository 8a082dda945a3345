import type { AuditLine } from '../gateway/config.ts';
import { styled } from '../ui/colour.ts';
import { escapeText, jsonText } from '../ui/terminal/text.ts';

/** How a decision of the gateway is shown. Hosts, paths and methods in it are what the agent chose to send. */

/** What assets/handover/checks.pl asks for before the agent runs, to see it denied. */
const LAUNCH_CHECK_HOST = 'bot-bottle-launch-check.invalid';

/** One line for people, safe to print. */
export function renderDecision(line: AuditLine): string {
  const verdict = line.verdict === 'allow' ? styled('green', 'allow') : styled('red', 'deny ');
  const host = line.host === LAUNCH_CHECK_HOST ? `launch check (${line.host})` : line.host;
  const target = line.port === 0 ? host : `${host}:${line.port}`;
  const what = [line.method, line.path].filter((part) => part !== '').join(' ');
  const repeats = line.repeats === undefined ? '' : `  (${line.repeats} more of these)`;
  const rest = `${line.via.padEnd(7)}  ${target}${what === '' ? '' : `  ${what}`}  [${line.rule}] ${line.reason}${repeats}`;
  return `${line.time}  ${verdict}  ${escapeText(rest)}`;
}

/** One line of JSON. */
export function decisionAsJson(line: AuditLine): string {
  return jsonText(line);
}
