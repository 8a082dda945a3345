import type { AuditLine, LoggedFinding, TokenUsage } from '../../gateway/config.ts';
import { adviseOn } from './advice.ts';

/** Who was talked to, what came to nothing, what was refused and what was found. */
export interface LogSummary {
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** Most bytes first. */
  readonly talkedTo: readonly Talked[];
  /** Allowed, but not a byte went either way, or nothing but the name was ever asked for; the most often first. */
  readonly cameToNothing: readonly Vain[];
  /** The most often refused first. */
  readonly refused: readonly Refused[];
  readonly found: readonly Found[];
}

interface Talked {
  readonly host: string;
  readonly port: number;
  /** Requests and tunnels that were allowed. */
  readonly requests: number;
  /** Both ways, of those that are over; `up` and `down` as far as their lines say. */
  readonly bytes: number;
  readonly up: number;
  readonly down: number;
  /** As answers stated them. */
  readonly tokens: TokenUsage;
  readonly firstAt: string;
  readonly lastAt: string;
}

interface Vain {
  readonly host: string;
  /** 0 where nothing but the name was asked for. */
  readonly port: number;
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Of the last. */
  readonly reason: string;
}

interface Refused {
  readonly host: string;
  readonly port: number;
  readonly rule: string;
  /** Whether only the name was asked for. */
  readonly isLookup: boolean;
  /** Those that the log only counted included. */
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Of the last. */
  readonly reason: string;
  readonly advice: string;
  /** See advice.ts. */
  readonly allow: string | null;
}

interface Found extends LoggedFinding {
  readonly host: string;
  readonly verdict: AuditLine['verdict'];
  readonly times: number;
}

type Growing<T> = { -readonly [Key in keyof T]: T[Key] };
type Denied = Growing<Omit<Refused, 'advice' | 'allow' | 'reason'>> & { last: AuditLine };

/** Otherwise nothing tells who sees a refused connection and has no line in the log: there was no way there. */
const ONLY_THE_NAME =
  'only its name was asked for: a program that does not use HTTPS_PROXY reaches ports 80 and 443 alone (docs/MANIFEST.md, egress)';

/** Adds up the lines of a log, one after the other; keeps what its result needs. */
export class Summing {
  readonly #talkedTo = new Map<string, Growing<Talked>>();
  readonly #inVain = new Map<string, Growing<Vain>>();
  /** Allowed, and not over yet: no more at once than there were connections. */
  readonly #open = new Map<string, AuditLine>();
  readonly #refused = new Map<string, Denied>();
  readonly #found = new Map<string, Growing<Found>>();
  /** Names of allowed hosts that were asked for, by host; and the hosts that more was asked of. */
  readonly #names = new Map<string, Growing<Vain>>();
  readonly #asked = new Set<string>();
  #firstAt: string | null = null;
  #lastAt: string | null = null;

  add(line: AuditLine): void {
    this.#firstAt ??= line.time;
    this.#lastAt = line.time;
    this.passOver(line);
    if (line.verdict === 'deny') this.#deny(line);
    else if (line.via === 'dns') this.#addName(line);
    else this.#allow(line);
    for (const finding of line.findings ?? []) this.#find(line, finding);
  }

  /** One that is not meant: its host was asked for more than its name, all the same. */
  passOver({ via, host }: AuditLine): void {
    if (via !== 'dns') this.#asked.add(host);
  }

  /** What the lines so far come to. */
  result(): LogSummary {
    const talkedTo = new Map([...this.#talkedTo].map(([key, talked]) => [key, { ...talked }]));
    // What of these has left, nobody knows yet, or ever, where the gateway was killed.
    for (const line of this.#open.values()) countRequest(talkedTo, line, line.time);
    const onlyNames = [...this.#names.values()].filter(({ host }) => !this.#asked.has(host));
    return {
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
      talkedTo: [...talkedTo.values()].sort((a, b) => b.bytes - a.bytes),
      cameToNothing: [...this.#inVain.values(), ...onlyNames].sort((a, b) => b.times - a.times),
      refused: [...this.#refused.values()].sort((a, b) => b.times - a.times).map(withAdvice),
      found: [...this.#found.values()].sort((a, b) => b.times - a.times),
    };
  }

  #allow(line: AuditLine): void {
    const { event, id, time, bytes, up = 0, down = 0, status, usage } = line;
    if (event === 'decision') return void this.#open.set(id, line);
    // Not there where only what is newer was meant.
    const begunAt = this.#open.get(id)?.time;
    this.#open.delete(id);
    if (bytes === 0 && status === undefined) return this.#addVain(line, begunAt ?? time);
    const talked = countRequest(this.#talkedTo, line, begunAt);
    talked.bytes += bytes;
    talked.up += up;
    talked.down += down;
    if (usage === undefined) return;
    const { input, output } = talked.tokens;
    talked.tokens = { input: input + usage.input, output: output + usage.output };
  }

  #addVain({ host, port, time, reason }: AuditLine, begunAt: string): void {
    const vain = memberOf(this.#inVain, `${host} ${port}`, () => ({
      host,
      port,
      times: 0,
      firstAt: begunAt,
      lastAt: time,
      reason,
    }));
    vain.times += 1;
    vain.firstAt = earlierOf(vain.firstAt, begunAt);
    [vain.lastAt, vain.reason] = [time, reason];
  }

  #addName({ host, time, repeats }: AuditLine): void {
    const [firstAt, lastAt, reason] = [time, time, ONLY_THE_NAME];
    const name = memberOf(this.#names, host, () => ({ host, port: 0, times: 0, firstAt, lastAt, reason }));
    name.times += repeats ?? 1;
    name.lastAt = time;
  }

  #deny(line: AuditLine): void {
    const { host, port, rule, via, time, repeats } = line;
    const isLookup = via === 'dns';
    const denied = memberOf(this.#refused, JSON.stringify([host, port, rule, isLookup]), () => ({
      host,
      port,
      rule,
      isLookup,
      times: 0,
      firstAt: time,
      lastAt: time,
      last: line,
    }));
    // A line with a number stands for decisions that are not in the log, itself not among them.
    denied.times += repeats ?? 1;
    denied.lastAt = time;
    denied.last = line;
  }

  #find({ host, verdict, repeats }: AuditLine, finding: LoggedFinding): void {
    const key = JSON.stringify([host, verdict, Object.values(finding)]);
    const found = memberOf(this.#found, key, () => ({ ...finding, host, verdict, times: 0 }));
    found.times += repeats ?? 1;
  }
}

/** Adds a request that began then; of one whose beginning is not meant, only its host. */
function countRequest(
  talkedTo: Map<string, Growing<Talked>>,
  { host, port, time }: AuditLine,
  begunAt: string | undefined,
): Growing<Talked> {
  const talked = memberOf(talkedTo, `${host} ${port}`, () => ({
    host,
    port,
    requests: 0,
    bytes: 0,
    up: 0,
    down: 0,
    tokens: { input: 0, output: 0 },
    firstAt: begunAt ?? time,
    lastAt: time,
  }));
  if (begunAt !== undefined) {
    talked.requests += 1;
    talked.firstAt = earlierOf(talked.firstAt, begunAt);
  }
  talked.lastAt = laterOf(talked.lastAt, time);
  return talked;
}

/** Times of a log are of one form. */
const earlierOf = (one: string, other: string): string => (one < other ? one : other);
const laterOf = (one: string, other: string): string => (one > other ? one : other);

function memberOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

function withAdvice({ last, ...denied }: Denied): Refused {
  const { says, allow } = adviseOn(last);
  return { ...denied, reason: last.reason, advice: says, allow };
}
