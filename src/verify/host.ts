import { arch, release } from 'node:os';
import { osName } from '../bottle/rungs/doctor.ts';
import type { VerifyReport } from './report.ts';

/** Describes this host for a report; a check compares it. */
export const describeHost = (): VerifyReport['host'] => ({
  kernel: release(),
  system: osName(),
  architecture: arch(),
});
