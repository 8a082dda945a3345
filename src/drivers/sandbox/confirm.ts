import { BottleError, DOCTOR_OR_REPORT } from '../../errors.ts';
import { together } from '../../host/together.ts';
import { boundFiles } from '../most-files.ts';
import { layOverlays } from './overlays.ts';
import { differences, read, type Wanted } from './readback.ts';
import type { StartedBottle } from './start.ts';

/**
 * Lays overlays on the host's folders in a sandbox, bounds the number of files in its own folders, and compares the
 * kernel's report about its first program with the plan.
 * @throws BottleError `rungUnavailable`
 */
export async function confirmSandbox(bottle: Pick<StartedBottle, 'init'>, wanted: Wanted): Promise<void> {
  const { plan } = wanted;
  const { pid } = bottle.init;
  await together([layOverlays(pid, plan.overlaid), boundFiles(pid, plan.mostFiles)]);
  const found = differences(read(pid, Object.keys(plan.folderSizes)), wanted);
  if (found.length === 0) return;
  throw new BottleError('rungUnavailable', 'the kernel did not apply what was asked for', {
    details: found,
    fix: DOCTOR_OR_REPORT,
  });
}
