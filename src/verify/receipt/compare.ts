import type { FoundImage, RungCheck } from '../../drivers/driver.ts';
import type { VerifyReport } from '../report.ts';
import { rungName, type BoundRung, type Payload } from './payload.ts';
import type { Suite } from './digests.ts';

/** Compares what a receipt describes with the current state. */

/** A rung of this host, from its last check. */
export interface RungNow extends Pick<RungCheck, 'status' | 'evidence'> {
  readonly rung: Pick<RungCheck['rung'], 'runtime' | 'engine'>;
  /** The image that such a bottle would use now. */
  readonly image: FoundImage;
}

/** The current state of this installation. */
export interface Installed {
  readonly botBottleVersion: string;
  readonly suite: Suite;
  /** Undefined if the gateway is not built. */
  readonly gatewayDigest: string | undefined;
  /** In the same form as in the report. */
  readonly host: VerifyReport['host'];
  /** The rungs that were checked. */
  readonly rungs: readonly RungNow[];
  /** The digest of the manifests of the user's bottle, if it was named again. */
  readonly bottleManifest?: string;
}

export interface Comparison {
  readonly what: string;
  /** Null if it concerns the whole receipt. */
  readonly rung: string | null;
  readonly was: string;
  /** Null if it is unknown, or no longer exists. */
  readonly is: string | null;
  /** `unknown` means neither changed nor unchanged. */
  readonly verdict: 'same' | 'changed' | 'unknown';
  /** For `unknown`: the reason, and how to find out. */
  readonly whyUnknown: string | null;
}

/**
 * The current value. Undefined if it no longer exists, which is a change; or why it was not read, which says nothing.
 */
type Now = string | undefined | { readonly whyNot: string };

/** How to read a value from the receipt and from the current state. */
interface Reading {
  readonly what: string;
  /** Null if the receipt has none. */
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

/** Returns all comparisons, in the order of the output. */
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
  whyNot: 'not tested since this host booted; a receipt check starts nothing: bot-bottle doctor tests it',
};

/** Ignores the manifest that verify generated: its names and ports are new each time. */
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

/** Compares versions and readings. A value that the receipt lacks may be new in this program, so it is `unknown`. */
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
