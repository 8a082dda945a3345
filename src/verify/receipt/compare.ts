import type { FoundImage, RungCheck } from '../../drivers/driver.ts';
import type { VerifyReport } from '../report.ts';
import { rungName, type BoundRung, type Payload } from './payload.ts';
import type { Suite } from './digests.ts';

/** What a receipt was about, beside what is here now. */

/** One rung of this host, as a look found it. */
export interface RungNow extends Pick<RungCheck, 'status' | 'evidence'> {
  readonly rung: Pick<RungCheck['rung'], 'runtime' | 'engine'>;
  /** What such a bottle would be made from now. */
  readonly image: FoundImage;
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
  /** Of `unknown`: why, and what to do to know it. */
  readonly whyUnknown: string | null;
}

/** What is read now. Undefined: it went away, which is a change; or why it was not read, which says nothing. */
type Now = string | undefined | { readonly whyNot: string };

/** Where in both of them it is. */
interface Reading {
  readonly what: string;
  /** Null where the receipt has none. */
  readonly was: (receipt: Payload) => string | null;
  readonly is: (now: Installed) => Now;
}

const WHOLE: readonly Reading[] = [
  {
    what: 'bot-bottle',
    was: ({ bound }) => bound.botBottleVersion,
    is: ({ botBottleVersion }) => botBottleVersion,
  },
  {
    what: 'suite of probes',
    was: ({ bound }) => bound.suiteDigest,
    is: ({ suite }) => suite.digest,
  },
  {
    what: 'gateway',
    was: ({ bound }) => bound.gatewayDigest,
    is: ({ gatewayDigest }) => gatewayDigest,
  },
  {
    what: 'manifest of the bottle',
    was: ({ bound }) => bound.bottle?.manifestDigest ?? null,
    is: ({ bottleManifest }) => bottleManifest ?? { whyNot: 'name the bottle again, with --bottle' },
  },
  ...(['kernel', 'system', 'architecture'] as const).map((what) => ({
    what: `host: ${what}`,
    was: ({ report }: Payload) => report.host[what],
    is: ({ host }: Installed) => host[what],
  })),
];

/** Everything that can be compared, in the order in which it is told. */
export function compare(receipt: Payload, now: Installed): Comparison[] {
  const whole = WHOLE.flatMap(({ what, was, is }): Comparison[] => {
    const before = was(receipt);
    return before === null ? [] : [{ what, rung: null, ...judge(before, is(now)) }];
  });
  return [...whole, ...receipt.bound.rungs.flatMap((bound) => compareRung(bound, now.rungs))];
}

function judge(was: string, is: Now): Omit<Comparison, 'what' | 'rung'> {
  if (typeof is === 'object') return { was, is: null, verdict: 'unknown', whyUnknown: is.whyNot };
  return { was, is: is ?? null, verdict: is === was ? 'same' : 'changed', whyUnknown: null };
}

const NOT_LOOKED_AT = {
  whyNot: 'nobody has looked since this host started, and a check starts nothing: bot-bottle doctor looks',
};

/** The manifest that verify wrote for it is not compared: its names and ports are made up anew each time. */
function compareRung(bound: BoundRung, rungs: readonly RungNow[]): Comparison[] {
  const rung = rungName(bound);
  const now = rungs.find((each) => each.rung.runtime === bound.runtime && each.rung.engine === bound.engine);
  if (now?.status !== 'ready') {
    return [{ what: 'rung', rung, ...judge('ready', now?.status ?? NOT_LOOKED_AT) }];
  }
  const image = 'digest' in now.image ? now.image.digest : now.image;
  return [
    { what: 'image', rung, ...judge(bound.imageDigest, image) },
    ...compareLooks(bound.look, now.evidence).map((comparison) => ({ ...comparison, rung })),
  ];
}

/** Versions and readings. What is read now and was not then may be new in this program, and then says nothing. */
function compareLooks(was: BoundRung['look'], is: BoundRung['look']): Omit<Comparison, 'rung'>[] {
  const before = new Map(Object.entries(was));
  const after = new Map(Object.entries(is));
  const known = [...before].map(([what, value]) => ({ what, ...judge(value, after.get(what)) }));
  const added = [...after].filter(([what]) => !before.has(what));
  return [
    ...known,
    ...added.map(([what, value]) => ({
      what,
      was: 'not read',
      is: value,
      verdict: 'unknown' as const,
      whyUnknown: 'the receipt does not have it',
    })),
  ];
}
