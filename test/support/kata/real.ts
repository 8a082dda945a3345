import {
  findKata,
  RUNTIME_VARIABLE,
  type Registered,
} from '../../../src/drivers/container/kata/registered.ts';
import { dockerdSettings } from '../../../src/drivers/container/kata/settings.ts';
import { isMissing } from '../../../src/drivers/engine/missing.ts';
import { runOrThrow } from '../../../src/host/run.ts';

/** Whether Docker here has Kata itself, or the user says that it has; what is registered as an OCI runtime is none. */
export async function realKata(): Promise<boolean> {
  const listed = await runOrThrow('docker', ['info', '--format', '{{json .Runtimes}}']);
  const found = findKata(JSON.parse(listed) as Registered, process.env[RUNTIME_VARIABLE], dockerdSettings());
  return found !== undefined && !isMissing(found);
}
