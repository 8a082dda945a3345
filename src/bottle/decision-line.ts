import type { AuditLine, LoggedFinding } from '../gateway/config.ts';
import { styled } from '../ui/colour.ts';
import { escapeText, jsonText } from '../ui/terminal/text.ts';
import { LAUNCH_CHECK_HOST } from './log/advice.ts';

/** How a decision of the gateway is shown. Hosts, paths and methods in it are what the agent chose to send. */

/** One line for people, safe to print. */
export function renderDecision(line: AuditLine): string {
  const verdict = line.verdict === 'allow' ? styled('green', 'allow') : styled('red', 'deny ');
  const host = line.host === LAUNCH_CHECK_HOST ? `launch check (${line.host})` : line.host;
  const target = line.port === 0 ? host : `${host}:${line.port}`;
  const what = [line.method, line.path].filter((part) => part !== '').join(' ');
  const repeats = line.repeats === undefined ? '' : `  (${line.repeats} more of these)`;
  const rest = `${line.via.padEnd(7)}  ${target}${what === '' ? '' : `  ${what}`}  [${line.rule}] ${line.reason}${repeats}`;
  const facts = factsOf(line).join(', ');
  const found = (line.findings ?? []).map(renderFinding);
  return `${line.time}  ${verdict}  ${[rest, facts, ...found]
    .filter((part) => part !== '')
    .map(escapeText)
    .join('  ')}`;
}

/** What is known of how it went; nothing while it goes on. */
function factsOf({ tls, status, bytes, ms, usage }: AuditLine): string[] {
  return [
    ...(tls === undefined ? [] : [tls]),
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(ms === undefined ? [] : [`${bytes} bytes`, `${ms} ms`]),
    ...(usage === undefined ? [] : [`tokens ${usage.input} in, ${usage.output} out`]),
  ];
}

function renderFinding({ detector, id, where, encoding, fingerprint }: LoggedFinding): string {
  return `found ${detector} ${id} in ${where} (${encoding}, ${fingerprint})`;
}

/** One line of JSON. */
export function decisionAsJson(line: AuditLine): string {
  return jsonText(line);
}
