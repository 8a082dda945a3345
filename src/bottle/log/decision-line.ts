import type { AuditLine, LoggedFinding } from '../../gateway/config.ts';
import { styled } from '../../ui/colour.ts';
import { escapeText, jsonText } from '../../ui/terminal/text.ts';
import { LAUNCH_CHECK_HOST } from './advice.ts';

/** Formats a decision of the gateway. The agent chose the hosts, paths and methods in it, so they are untrusted. */

/** One line for people, safe to print. */
export function renderDecision(line: AuditLine): string {
  const verdict = line.verdict === 'allow' ? styled('green', 'allow') : styled('red', 'deny ');
  const name = goingOn(line.host, line.hostCut);
  const host = line.host === LAUNCH_CHECK_HOST ? `launch check (${name})` : name;
  const target = line.port === 0 ? host : `${host}:${line.port}`;
  const asked = [goingOn(line.method, line.methodCut), goingOn(line.path, line.pathCut)];
  const what = asked.filter((part) => part !== '').join(' ');
  const reason = goingOn(line.reason, line.reasonCut);
  const repeats = line.repeats === undefined ? '' : `  (${line.repeats} more of these)`;
  const rest = `${line.via.padEnd(7)}  ${target}${what === '' ? '' : `  ${what}`}  [${line.rule}] ${reason}${repeats}`;
  const facts = factsOf(line).join(', ');
  const found = (line.findings ?? []).map(renderFinding);
  return `${line.time}  ${verdict}  ${[rest, facts, ...found]
    .filter((part) => part !== '')
    .map(escapeText)
    .join('  ')}`;
}

/** A text of the log, with the number of characters that the log left out. */
const goingOn = (text: string, cut: number | undefined): string =>
  cut === undefined ? text : `${text}… (${cut} more characters)`;

/** The outcome of the connection; empty while it is open. */
function factsOf({ tls, status, bytes, ms, usage, ended }: AuditLine): string[] {
  return [
    ...(tls === undefined ? [] : [tls]),
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(ms === undefined ? [] : [`${bytes} bytes`, `${ms} ms`]),
    ...(ended === undefined ? [] : [`ended: ${ended}`]),
    ...(usage === undefined ? [] : [`tokens ${usage.input} in, ${usage.output} out`]),
  ];
}

function renderFinding({ detector, encoding, fingerprint, redacted, ...found }: LoggedFinding): string {
  const [id, where] = [goingOn(found.id, found.idCut), goingOn(found.where, found.whereCut)];
  const outcome = redacted === true ? ', redacted' : '';
  return `found ${detector} ${id} in ${where} (${encoding}, ${fingerprint}${outcome})`;
}

/** One line of JSON. */
export function decisionAsJson(line: AuditLine): string {
  return jsonText(line);
}
