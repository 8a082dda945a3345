import * as z from 'zod';
import type { NetworkForm, RuntimeName } from '../../drivers/driver.ts';
import type { VerifyReport } from '../report.ts';

/** The content of a receipt: the report, and what it is bound to. */

/** The attacked bottle of one rung. */
export interface BoundRung {
  readonly runtime: RuntimeName;
  readonly engine: string;
  readonly networkForm: NetworkForm;
  /** The digest of the manifests that it was started from, as in its own receipt. */
  readonly manifestDigest: string;
  readonly imageDigest: string;
  /**
   * The evidence of the rung's check, without what was read back from the bottle: a later check can be compared with
   * it.
   */
  readonly look: Readonly<Record<string, string>>;
}

/** What was verified, and with what. */
export interface Bound {
  readonly botBottleVersion: string;
  /** The digest of the attack programs and the records of all probes. */
  readonly suiteDigest: string;
  /** The ids of all probes of the suite, whether they were made or not. */
  readonly suiteProbes: readonly string[];
  /** The digest of the gateway's program, the same for all bottles; null if no bottle started. */
  readonly gatewayDigest: string | null;
  readonly rungs: readonly BoundRung[];
  /** The user's bottle in the report, if one was named. */
  readonly bottle?: BoundBottle;
}

export interface BoundBottle {
  readonly name: string;
  /**
   * The digests of the user's own manifests, as in a receipt; those in `rungs` are of the manifests that verify
   * generated.
   */
  readonly manifestDigest: string;
}

/** The signed JSON. Add members, never rename them; what an older program cannot understand needs version 2. */
export interface Payload {
  readonly version: 1;
  /** ISO 8601, by the clock of the host that signed. */
  readonly madeAt: string;
  readonly bound: Bound;
  readonly report: VerifyReport;
}

const words = z.record(z.string(), z.string());
const rung = { runtime: z.string(), engine: z.string(), networkForm: z.string() };

/** The members that this version reads. Loose, because a newer program may have added others. */
const PAYLOAD = z.looseObject({
  version: z.literal(1),
  madeAt: z.iso.datetime(),
  bound: z.looseObject({
    botBottleVersion: z.string(),
    suiteDigest: z.string(),
    suiteProbes: z.array(z.string()),
    gatewayDigest: z.string().nullable(),
    rungs: z.array(
      z.looseObject({ ...rung, manifestDigest: z.string(), imageDigest: z.string(), look: words }),
    ),
    bottle: z.looseObject({ name: z.string(), manifestDigest: z.string() }).optional(),
  }),
  report: z.looseObject({
    botBottleVersion: z.string(),
    startedAt: z.string(),
    bottle: z
      .looseObject({
        name: z.string(),
        namedBy: z.array(z.string()).optional(),
        probedIn: z.string().optional(),
      })
      .optional(),
    host: z.looseObject({ kernel: z.string(), system: z.string(), architecture: z.string() }),
    rungs: z.array(
      z.looseObject({
        ...rung,
        networkForm: z.string().nullable(),
        boundary: z.string(),
        failure: z.string().optional(),
        evidence: words,
        probes: z.array(z.looseObject({ id: z.string(), user: z.string(), result: z.string() })),
        summary: z.record(z.string(), z.number()),
      }),
    ),
    held: z.boolean(),
  }),
});

/** Returns the signed bytes: JSON in UTF-8. */
export const writePayload = (payload: Payload): Uint8Array => Buffer.from(JSON.stringify(payload));

/** Parses a verified payload; undefined if it is not one. */
export function parsePayload(bytes: Uint8Array): Payload | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return PAYLOAD.parse(JSON.parse(text)) as unknown as Payload;
  } catch {
    return undefined;
  }
}

/** A rung of the report, or of `bound`. */
interface Named extends Pick<BoundRung, 'runtime' | 'engine'> {
  /** Null if no bottle started. */
  readonly networkForm: NetworkForm | null;
}

/** Returns the name by which a rung of the report and its entry in `bound` are matched. */
export const rungName = ({ runtime, engine, networkForm }: Named): string =>
  `${runtime} under ${engine}${networkForm === null ? '' : `, ${networkForm}`}`;
