import * as z from 'zod';
import type { NetworkForm, RuntimeName } from '../../drivers/driver.ts';
import type { VerifyReport } from '../report.ts';

/** What a receipt says: the report, and what it is about. */

/** The bottle that was attacked on one rung. */
export interface BoundRung {
  readonly runtime: RuntimeName;
  readonly engine: string;
  readonly networkForm: NetworkForm;
  /** Of the manifests that it was started from, as its own receipt has it. */
  readonly manifestDigest: string;
  readonly imageDigest: string;
  /** What the look at the rung found, without what was read back from the bottle: a later look can be compared with it. */
  readonly look: Readonly<Record<string, string>>;
}

/** What was verified, and with what. */
export interface Bound {
  readonly botBottleVersion: string;
  /** Of the programs that attack and the records of all probes. */
  readonly suiteDigest: string;
  /** The ids of all probes there were, whether they were made or not. */
  readonly suiteProbes: readonly string[];
  /** Of the gateway's program, the same in all bottles; null where no bottle started. */
  readonly gatewayDigest: string | null;
  readonly rungs: readonly BoundRung[];
  /** The user's bottle that the report is about, where one was named. */
  readonly bottle?: BoundBottle;
}

export interface BoundBottle {
  readonly name: string;
  /** Of the user's own manifests, in the words of a receipt; those of `rungs` are of what verify made of them. */
  readonly manifestDigest: string;
}

/** The JSON that is signed. Members are added, never renamed; what an older program cannot understand is version 2. */
export interface Payload {
  readonly version: 1;
  /** ISO 8601; by the clock of the host that signed. */
  readonly madeAt: string;
  readonly bound: Bound;
  readonly report: VerifyReport;
}

const words = z.record(z.string(), z.string());
const rung = { runtime: z.string(), engine: z.string(), networkForm: z.string() };

/** What is read of it here. Loose: a newer program may have added members. */
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

/** UTF-8; the bytes that are signed. */
export const writePayload = (payload: Payload): Uint8Array => Buffer.from(JSON.stringify(payload));

/** What a verified payload says; undefined where it is not one. */
export function parsePayload(bytes: Uint8Array): Payload | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return PAYLOAD.parse(JSON.parse(text)) as unknown as Payload;
  } catch {
    return undefined;
  }
}

/** A rung as the report has it, or as it is bound. */
interface Named extends Pick<BoundRung, 'runtime' | 'engine'> {
  /** Null where no bottle came to be. */
  readonly networkForm: NetworkForm | null;
}

/** By which a rung of the report and what is bound to it are matched. */
export const rungName = ({ runtime, engine, networkForm }: Named): string =>
  `${runtime} under ${engine}${networkForm === null ? '' : `, ${networkForm}`}`;
