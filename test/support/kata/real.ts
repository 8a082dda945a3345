import {
  findKata,
  RUNTIME_VARIABLE,
  type Registered,
} from '../../../src/drivers/container/kata/registered.ts';
import { dockerdSettings } from '../../../src/drivers/container/kata/suited.ts';
import { isMissing } from '../../../src/drivers/engine/missing.ts';
import { runOrThrow } from '../../../src/host/run.ts';

/** Whether Docker here has the real Kata, or the user says so. A Kata registered as an OCI runtime does not count. */
export async function realKata(): Promise<boolean> {
  const listed = await runOrThrow('docker', ['info', '--format', '{{json .Runtimes}}']);
  const found = findKata(JSON.parse(listed) as Registered, process.env[RUNTIME_VARIABLE], dockerdSettings());
  return found !== undefined && !isMissing(found);
}
