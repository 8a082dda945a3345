import { BottleError } from '../../errors.ts';

/** Why a rung cannot be used, in the three parts that `doctor` shows. */
export interface Missing {
  readonly status: 'absent' | 'installed';
  readonly reason: string;
  readonly fix: string;
  /** Facts that the check found anyway. */
  readonly evidence?: Readonly<Record<string, string>>;
}

/** Whether this is a reason instead of a result. */
export const isMissing = (found: object): found is Missing => 'status' in found && 'reason' in found;

/** Returns the result. @throws BottleError `rungUnavailable` with the reason if it is missing */
export function unlessMissing<T extends object>(found: T | Missing): T {
  if (!isMissing(found)) return found;
  throw new BottleError('rungUnavailable', found.reason, { fix: found.fix });
}
