import type { AuditLine } from '../config.ts';

/** Counts since the gateway started. */
export interface Counters {
  readonly decisions: readonly Counted<Pick<AuditLine, 'verdict' | 'rule'>>[];
  readonly findings: readonly Counted<{
    readonly detector: string;
    readonly verdict: AuditLine['verdict'];
  }>[];
  /** Bytes of closed connections. */
  readonly bytes: number;
  readonly tokens: { readonly input: number; readonly output: number };
}

type Counted<T> = T & { readonly count: number };

interface OfRule {
  allow: number;
  deny: number;
}

/** Counts the entries of the log. There are as many rules as the policy has, and a few of the gateway itself. */
export class Tally {
  readonly #rules = new Map<string, OfRule>();
  readonly #findings = new Map<string, OfRule>();
  #bytes = 0;
  #input = 0;
  #output = 0;

  /** Counts a decision, even one that the log only counts. */
  decided({ rule, verdict, findings }: Pick<AuditLine, 'rule' | 'verdict' | 'findings'>): void {
    countersOf(this.#rules, rule)[verdict] += 1;
    if (findings === undefined) return;
    for (const { detector } of findings) countersOf(this.#findings, detector)[verdict] += 1;
  }

  /** Counts the end of something allowed. */
  ended({ bytes, usage }: Pick<AuditLine, 'bytes' | 'usage'>): void {
    this.#bytes += bytes;
    if (usage === undefined) return;
    this.#input += usage.input;
    this.#output += usage.output;
  }

  counters(): Counters {
    return {
      decisions: listed(this.#rules, (rule, verdict, count) => ({ rule, verdict, count })),
      findings: listed(this.#findings, (detector, verdict, count) => ({ detector, verdict, count })),
      bytes: this.#bytes,
      tokens: { input: this.#input, output: this.#output },
    };
  }
}

function countersOf(map: Map<string, OfRule>, key: string): OfRule {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = { allow: 0, deny: 0 };
  map.set(key, made);
  return made;
}

function listed<T>(
  map: ReadonlyMap<string, OfRule>,
  describe: (key: string, verdict: AuditLine['verdict'], count: number) => T,
): T[] {
  return [...map].flatMap(([key, counts]) =>
    (['allow', 'deny'] as const).flatMap((verdict) =>
      counts[verdict] === 0 ? [] : [describe(key, verdict, counts[verdict])],
    ),
  );
}
