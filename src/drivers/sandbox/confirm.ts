import { BottleError } from '../../errors.ts';
import { differences, read, type Wanted } from './readback.ts';

/** Holds what the kernel says of a sandbox's first program against what was wanted. @throws BottleError `rungUnavailable` */
export function confirmSandbox(pid: number, wanted: Wanted): void {
  const found = differences(read(pid, Object.keys(wanted.plan.folderSizes)), wanted);
  if (found.length === 0) return;
  throw new BottleError('rungUnavailable', 'the kernel did not apply what was asked for', { details: found });
}
