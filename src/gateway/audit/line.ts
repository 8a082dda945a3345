import type { AuditLine } from '../config.ts';

/** Lines of the log as text. Written by hand, because they are made twice for every connection, however short it is. */

/** What a decision's line says beyond time, bottle and id. */
export type Entry = Pick<
  AuditLine,
  'verdict' | 'rule' | 'via' | 'host' | 'port' | 'method' | 'path' | 'reason'
>;

const LONGEST = { host: 255, path: 2048, method: 32, reason: 500 } as const;

/** The members of an object in JSON that are the same on a decision's line and on the line of its end. */
export function writeShared({ verdict, rule, via, host, port, method, path }: Entry): string {
  const what = `"host":${quote(host, LONGEST.host)},"port":${port},"method":${quote(method, LONGEST.method)}`;
  return `"verdict":"${verdict}","rule":${quote(rule)},"via":"${via}",${what},"path":${quote(path, LONGEST.path)}`;
}

export interface LineParts extends Pick<AuditLine, 'time' | 'bottle' | 'event' | 'id' | 'reason' | 'bytes'> {
  /** From `writeShared`. */
  readonly shared: string;
  readonly repeats?: number | undefined;
}

/** A whole line, with its end: an `AuditLine` in JSON, of printable ASCII only. */
export function writeLine({ time, bottle, event, id, shared, reason, bytes, repeats }: LineParts): string {
  const head = `{"time":"${time}","bottle":${quote(bottle)},"event":"${event}","id":"${id}"`;
  const tail = `"reason":${quote(reason, LONGEST.reason)},"bytes":${bytes}`;
  return `${head},${shared},${tail}${repeats === undefined ? '' : `,"repeats":${repeats}`}}\n`;
}

/** Characters that stand for themselves in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** In ASCII: nothing in it can move a terminal's cursor or turn the direction of text. */
function quote(text: string, longest = Infinity): string {
  const cut = text.length > longest ? text.slice(0, longest) : text;
  if (PLAIN.test(cut)) return `"${cut}"`;
  const escape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(cut).replace(/[^ -~]/g, escape);
}
