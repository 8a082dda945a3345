import type { AuditLine, LoggedFinding } from '../config.ts';
import { digitsOf } from './digits.ts';

/** Lines of the log as text. Written by hand, because they are made twice for every connection, however short it is. */

/** What a decision's line says beyond time, bottle and id. */
export type Entry = Pick<
  AuditLine,
  'verdict' | 'rule' | 'via' | 'host' | 'port' | 'method' | 'path' | 'reason' | 'tls' | 'findings'
>;

/** What the line of an end says besides. */
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
/** Beyond these, findings of one request are only counted by the first of them. */
const MOST_FINDINGS = 20;

/** The members of an object in JSON that are the same on a decision's line and on the line of its end. */
export function writeShared({ verdict, rule, via, host, port, method, path }: Entry): string {
  const what = `${member('host', host)},"port":${port},${member('method', method)}`;
  return `"verdict":"${verdict}","rule":${quote(rule)},"via":"${via}",${what},${member('path', withoutQuery(path))}`;
}

/** A path as rules and the log take it: a query may be a secret. */
export function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

export interface LineParts extends Pick<AuditLine, 'time' | 'bottle' | 'event' | 'id' | 'reason' | 'bytes'> {
  /** From `writeShared`. */
  readonly shared: string;
  /** From `writeFound` or `writeOutcome`: members that only this line has, each after a comma. */
  readonly own: string;
}

/** A line's members in JSON, of printable ASCII only; its end, and the closing brace, are the chain's. */
export function writeMembers({ time, bottle, event, id, shared, reason, bytes, own }: LineParts): string {
  const head = `{"time":"${time}","bottle":${quote(bottle)},"event":"${event}","id":"${id}"`;
  return `${head},${shared},${member('reason', reason)},"bytes":${digitsOf(bytes)}${own}`;
}

/** What was found out about a request before it was decided. */
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

/** How it ended, `ms` after it was decided. */
export function writeOutcome({ status, up, down, usage }: Outcome, ms: number): string {
  let text = `,"ms":${digitsOf(ms)}`;
  if (status !== undefined) text += `,"status":${status}`;
  if (up !== undefined) text += `,"up":${digitsOf(up)}`;
  if (down !== undefined) text += `,"down":${digitsOf(down)}`;
  if (usage !== undefined)
    text += `,"usage":{"input":${digitsOf(usage.input)},"output":${digitsOf(usage.output)}}`;
  return text;
}

/** As a member of an object, and after it how many characters were too many, where there were. */
function member(name: keyof typeof LONGEST, text: string): string {
  const longest = LONGEST[name];
  if (text.length <= longest) return `"${name}":${quote(text)}`;
  return `"${name}":${quote(text.slice(0, longest))},"${name}Cut":${digitsOf(text.length - longest)}`;
}

/** Characters that stand for themselves in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** In ASCII: nothing in it can move a terminal's cursor or turn the direction of text. */
function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/[^ -~]/g, escape);
}
