import { BottleError } from '../../errors.ts';

/** Why a rung cannot be used, in the three parts that `doctor` shows. */
export interface Missing {
  readonly status: 'absent' | 'installed';
  readonly reason: string;
  readonly fix: string;
  /** What was found all the same. */
  readonly evidence?: Readonly<Record<string, string>>;
}

/** Whether there is no connection, and a reason instead. */
export const isMissing = (found: object): found is Missing => 'status' in found && 'reason' in found;

/** What was found. @throws BottleError `rungUnavailable` with the reason where it is missing */
export function unlessMissing<T extends object>(found: T | Missing): T {
  if (!isMissing(found)) return found;
  throw new BottleError('rungUnavailable', found.reason, { fix: found.fix });
}
