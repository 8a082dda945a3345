import { BottleError, DOCTOR_OR_REPORT } from '../../errors.ts';
import { boundFiles } from '../most-files.ts';
import { differences, read, type Wanted } from './readback.ts';
import type { StartedBottle } from './start.ts';

/**
 * Bounds the number of files in a sandbox's own folders, and holds what the kernel says of its first program against what was
 * wanted. @throws BottleError `rungUnavailable`
 */
export async function confirmSandbox(bottle: Pick<StartedBottle, 'init'>, wanted: Wanted): Promise<void> {
  const { plan } = wanted;
  await boundFiles(bottle.init.pid, plan.mostFiles);
  const found = differences(read(bottle.init.pid, Object.keys(plan.folderSizes)), wanted);
  if (found.length === 0) return;
  throw new BottleError('rungUnavailable', 'the kernel did not apply what was asked for', {
    details: found,
    fix: DOCTOR_OR_REPORT,
  });
}
