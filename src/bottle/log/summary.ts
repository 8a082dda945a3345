import type { AuditLine, LoggedFinding, TokenUsage } from '../../gateway/config.ts';
import { adviseOn } from './advice.ts';

/** The hosts that a bottle reached, its attempts without a result, its refusals and its findings. */
export interface LogSummary {
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** Sorted by bytes, largest first. */
  readonly talkedTo: readonly Talked[];
  /** Allowed, but no byte went either way, or only the name was looked up. Sorted by count, largest first. */
  readonly cameToNothing: readonly Vain[];
  /** Sorted by count, largest first. */
  readonly refused: readonly Refused[];
  readonly found: readonly Found[];
}

interface Talked {
  readonly host: string;
  readonly port: number;
  /** Number of allowed requests and tunnels. */
  readonly requests: number;
  /** Sum in both directions of ended connections; `up` and `down` only from lines that have them. */
  readonly bytes: number;
  readonly up: number;
  readonly down: number;
  /** As the responses reported them. */
  readonly tokens: TokenUsage;
  readonly firstAt: string;
  readonly lastAt: string;
}

interface Vain {
  readonly host: string;
  /** 0 if only the name was looked up. */
  readonly port: number;
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Reason of the last attempt. */
  readonly reason: string;
}

interface Refused {
  readonly host: string;
  readonly port: number;
  readonly rule: string;
  /** Whether only the name was looked up. */
  readonly isLookup: boolean;
  /** Includes refusals that the log only counted. */
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** Reason of the last refusal. */
  readonly reason: string;
  readonly advice: string;
  /** See `src/bottle/log/advice.ts`. */
  readonly allow: string | null;
}

interface Found extends LoggedFinding {
  readonly host: string;
  readonly verdict: AuditLine['verdict'];
  readonly times: number;
}

type Growing<T> = { -readonly [Key in keyof T]: T[Key] };
type Denied = Growing<Omit<Refused, 'advice' | 'allow' | 'reason'>> & { last: AuditLine };

/** Explains a refused connection that has no line in the log, because there was no way to the gateway. */
const ONLY_THE_NAME =
  'only its name was asked for: a program that does not use HTTPS_PROXY reaches ports 80 and 443 alone (docs/MANIFEST.md, egress)';

/** Adds up the lines of a log one by one; keeps only what its result needs. */
export class Summing {
  readonly #talkedTo = new Map<string, Growing<Talked>>();
  readonly #inVain = new Map<string, Growing<Vain>>();
  /** Allowed connections that have not ended. At most as many as were open at the same time. */
  readonly #open = new Map<string, AuditLine>();
  readonly #refused = new Map<string, Denied>();
  readonly #found = new Map<string, Growing<Found>>();
  /** Lookups of allowed hosts, by host; and the hosts to which requests went. */
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

  /** Counts a line that the filter skips: its host got more than a lookup. */
  passOver({ via, host }: AuditLine): void {
    if (via !== 'dns') this.#asked.add(host);
  }

  /** The summary of the lines so far. */
  result(): LogSummary {
    const talkedTo = new Map([...this.#talkedTo].map(([key, talked]) => [key, { ...talked }]));
    // How much of these has been sent is not known yet, or never if the gateway was killed.
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
    // Missing if the filter selects only newer lines.
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
    // A line with `repeats` stands for decisions that the log omits, and does not count itself.
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

/** Adds a request that began at `begunAt`. If the filter skips its beginning, adds only its host. */
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

/** All times of a log have the same format, so they compare as text. */
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
