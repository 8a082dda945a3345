import { arch, release } from 'node:os';
import { osName } from '../bottle/rungs/doctor.ts';
import type { VerifyReport } from './report.ts';

/** What this host is, as a report says it and a check compares it. */
export const describeHost = (): VerifyReport['host'] => ({
  kernel: release(),
  system: osName(),
  architecture: arch(),
});
