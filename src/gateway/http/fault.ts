import { reasonOf } from '../../errors.ts';
import type { Passage } from '../gate.ts';
import type { Scrub } from '../inject/scrub.ts';

/** What stands behind codes of faults between the gateway and a host. The first that fits. */
const FAULTS: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^HPE_/, 'the host’s answer is not HTTP as it should be'],
  [/^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/, 'the host broke off the connection'],
];

/** Why a host failed, for people: in words where it is a code that most would have to look up. */
export function faultOf(error: unknown): string {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const found = FAULTS.find(([pattern]) => pattern.test(code));
  return found === undefined ? reasonOf(error) : `${found[1]} (${reasonOf(error)})`;
}

/** The same, as the client and the log may know it: what a host says of itself may be what it was lent. */
export function tellableFault(error: unknown, { isLent }: Pick<Passage, 'isLent'>, scrub: Scrub): string {
  const fault = faultOf(error);
  return isLent ? scrub.text(fault) : fault;
}
