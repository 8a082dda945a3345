import type { Probe as Look } from '../../drivers/driver.ts';
import type { VerifyReport } from '../report.ts';
import { rungName, type BoundRung, type Payload } from './payload.ts';
import type { Suite } from './digests.ts';

/** What a receipt was about, beside what is here now. */

/** One rung of this host, as a look found it just now. */
export interface RungNow extends Pick<Look, 'status' | 'evidence'> {
  readonly rung: Pick<Look['rung'], 'runtime' | 'engine'>;
  /** Where the caller knows them. */
  readonly imageDigest?: string;
  readonly manifestDigest?: string;
}

/** What this installation has. */
export interface Installed {
  readonly botBottleVersion: string;
  readonly suite: Suite;
  /** Undefined where there is none. */
  readonly gatewayDigest: string | undefined;
  /** In the same words as the report has. */
  readonly host: VerifyReport['host'];
  /** Those that were looked at. */
  readonly rungs: readonly RungNow[];
  /** Of the manifests of the user's bottle, where it was named again. */
  readonly bottleManifest?: string;
}

export interface Comparison {
  readonly what: string;
  /** Null: of all of it. */
  readonly rung: string | null;
  readonly was: string;
  /** Null where it was not found out, or is not there any more. */
  readonly is: string | null;
  /** `unknown` says nothing: neither that it changed nor that it did not. */
  readonly verdict: 'same' | 'changed' | 'unknown';
}

/** What it means that there is no such reading now: it went away, or nobody looked. */
type IfMissing = 'changed' | 'unknown';

/** Where in both of them it is. */
interface Reading<Receipt, Now> {
  readonly what: string;
  readonly was: (receipt: Receipt) => string | null;
  readonly is: (now: Now) => string | undefined;
  readonly ifMissing: IfMissing;
}

const WHOLE: readonly Reading<Payload, Installed>[] = [
  {
    what: 'bot-bottle',
    was: ({ bound }) => bound.botBottleVersion,
    is: ({ botBottleVersion }) => botBottleVersion,
    ifMissing: 'changed',
  },
  {
    what: 'suite of probes',
    was: ({ bound }) => bound.suiteDigest,
    is: ({ suite }) => suite.digest,
    ifMissing: 'changed',
  },
  {
    what: 'gateway',
    was: ({ bound }) => bound.gatewayDigest,
    is: ({ gatewayDigest }) => gatewayDigest,
    ifMissing: 'changed',
  },
  {
    what: 'manifest of the bottle',
    was: ({ bound }) => bound.bottle?.manifestDigest ?? null,
    is: ({ bottleManifest }) => bottleManifest,
    ifMissing: 'unknown',
  },
  ...(['kernel', 'system', 'architecture'] as const).map((what) => ({
    what: `host: ${what}`,
    was: ({ report }: Payload) => report.host[what],
    is: ({ host }: Installed) => host[what],
    ifMissing: 'changed' as const,
  })),
];

const OF_A_RUNG: readonly Reading<BoundRung, RungNow>[] = [
  {
    what: 'image',
    was: ({ imageDigest }) => imageDigest,
    is: ({ imageDigest }) => imageDigest,
    ifMissing: 'unknown',
  },
  {
    what: 'manifest',
    was: ({ manifestDigest }) => manifestDigest,
    is: ({ manifestDigest }) => manifestDigest,
    ifMissing: 'unknown',
  },
];

/** Everything that can be compared, in the order in which it is told. */
export function compare(receipt: Payload, now: Installed): Comparison[] {
  const whole = WHOLE.flatMap((reading) => read(reading, [receipt, now], null));
  return [...whole, ...receipt.bound.rungs.flatMap((bound) => compareRung(bound, now.rungs))];
}

function read<Receipt, Now>(
  { what, was, is, ifMissing }: Reading<Receipt, Now>,
  [receipt, now]: readonly [Receipt, Now],
  rung: string | null,
): Comparison[] {
  const before = was(receipt);
  return before === null ? [] : [{ what, rung, ...judge(before, is(now), ifMissing) }];
}

function judge(was: string, is: string | undefined, ifMissing: IfMissing) {
  if (is === undefined) return { was, is: null, verdict: ifMissing };
  return { was, is, verdict: is === was ? ('same' as const) : ('changed' as const) };
}

function compareRung(bound: BoundRung, rungs: readonly RungNow[]): Comparison[] {
  const rung = rungName(bound);
  const now = rungs.find((each) => each.rung.runtime === bound.runtime && each.rung.engine === bound.engine);
  if (now === undefined) return [{ what: 'rung', rung, was: 'ready', is: null, verdict: 'unknown' }];
  if (now.status !== 'ready')
    return [{ what: 'rung', rung, was: 'ready', is: now.status, verdict: 'changed' }];
  return [
    ...OF_A_RUNG.flatMap((reading) => read(reading, [bound, now], rung)),
    ...compareLooks(bound.look, now.evidence).map((comparison) => ({ ...comparison, rung })),
  ];
}

/** Versions and readings. What is read now and was not then may be new in this program, and then says nothing. */
function compareLooks(was: BoundRung['look'], is: BoundRung['look']): Omit<Comparison, 'rung'>[] {
  const before = new Map(Object.entries(was));
  const after = new Map(Object.entries(is));
  const known = [...before].map(([what, value]) => ({ what, ...judge(value, after.get(what), 'changed') }));
  const added = [...after].filter(([what]) => !before.has(what));
  return [
    ...known,
    ...added.map(([what, value]) => ({
      what,
      was: 'not read',
      is: value,
      verdict: 'unknown' as const,
    })),
  ];
}
