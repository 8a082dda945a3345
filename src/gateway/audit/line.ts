import type { AuditLine, LoggedFinding } from '../config.ts';

/** Writes lines of the log as text. By hand, because every connection, however short, makes two. */

/** The members of a decision's line besides time, bottle and ID. */
export type Entry = Pick<
  AuditLine,
  'verdict' | 'rule' | 'via' | 'host' | 'port' | 'method' | 'path' | 'reason' | 'tls' | 'findings'
>;

/** The further members of an end's line. */
export type Outcome = Pick<AuditLine, 'bytes' | 'reason' | 'status' | 'up' | 'down' | 'usage'>;

const LONGEST = {
  host: 255,
  path: 2048,
  method: 32,
  reason: 500,
  tls: 100,
  detector: 100,
  id: 100,
  fingerprint: 100,
  where: 100,
  encoding: 100,
} as const;
/** Maximum of findings in a line. Further findings of the request are omitted. */
const MOST_FINDINGS = 20;

/** Returns the JSON members that are equal on a decision's line and on the line of its end. */
export function writeShared({ verdict, rule, via, host, port, method, path }: Entry): string {
  const what = `${member('host', host)},"port":${port},${member('method', method)}`;
  return `"verdict":"${verdict}","rule":${quote(rule)},"via":"${via}",${what},${member('path', withoutQuery(path))}`;
}

/** Returns a path without its query, as rules and the log use it, because a query may be a secret. */
export function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

export interface LineParts extends Pick<AuditLine, 'time' | 'bottle' | 'event' | 'id' | 'reason' | 'bytes'> {
  /** From `writeShared`. */
  readonly shared: string;
  /** Members of this line only, each after a comma, from `writeFound` or `writeOutcome`. */
  readonly own: string;
}

/** Returns a line's members in JSON, in printable ASCII only. The chain adds the line's end and the closing brace. */
export function writeMembers({ time, bottle, event, id, shared, reason, bytes, own }: LineParts): string {
  const head = `{"time":"${time}","bottle":${quote(bottle)},"event":"${event}","id":"${id}"`;
  return `${head},${shared},${member('reason', reason)},"bytes":${bytes}${own}`;
}

/** Returns the members about findings of a request before its decision. */
export function writeFound({ tls, findings }: Entry, repeats?: number): string {
  let text = tls === undefined ? '' : `,${member('tls', tls)}`;
  if (findings !== undefined && findings.length > 0) {
    text += `,"findings":[${findings.slice(0, MOST_FINDINGS).map(writeFinding).join(',')}]`;
  }
  return repeats === undefined ? text : `${text},"repeats":${repeats}`;
}

function writeFinding(finding: LoggedFinding): string {
  const names = ['detector', 'id', 'fingerprint', 'where', 'encoding'] as const;
  const redacted = finding.redacted === true ? ',"redacted":true' : '';
  return `{${names.map((name) => member(name, finding[name])).join(',')}${redacted}}`;
}

/** Returns the members about the end. `ms`: milliseconds since the decision. */
export function writeOutcome({ status, up, down, usage }: Outcome, ms: number): string {
  let text = `,"ms":${ms}`;
  if (status !== undefined) text += `,"status":${status}`;
  if (up !== undefined) text += `,"up":${up}`;
  if (down !== undefined) text += `,"down":${down}`;
  if (usage !== undefined) text += `,"usage":{"input":${usage.input},"output":${usage.output}}`;
  return text;
}

/** Returns a JSON member, and after it the number of characters cut off, if any. */
function member(name: keyof typeof LONGEST, text: string): string {
  const longest = LONGEST[name];
  if (text.length <= longest) return `"${name}":${quote(text)}`;
  return `"${name}":${quote(text.slice(0, longest))},"${name}Cut":${text.length - longest}`;
}

/** Characters that JSON does not escape. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Quotes in ASCII, so that no character can move a terminal's cursor or change the direction of text. */
function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[^ -~]/g, escape);
}
