import { hostVariable } from '../../../host/env.ts';
import { isMissing, type Missing } from '../../engine/missing.ts';
import { hostFault, readKataHost } from '../../kata/host.ts';
import { shimSays } from '../../kata/shim.ts';
import { findKata, RUNTIME_VARIABLE, type KataRuntime, type Registered } from './registered.ts';
import { dockerdSettings } from './settings.ts';
import { ANYWAY_VARIABLE, versionFault } from '../../kata/version.ts';

/** Checks whether Docker and this host can run Kata, as far as that is visible before anything starts. */

/** Kata's registration and shim; the reason why it cannot be used; or undefined if Docker has none. */
export async function suitedKata(
  registered: Registered,
  docker: string,
): Promise<KataRuntime | Missing | undefined> {
  const kata = findKata(registered, hostVariable(RUNTIME_VARIABLE), dockerdSettings());
  if (kata === undefined || isMissing(kata)) return kata;
  const said = await shimSays(kata.shim);
  const versions = { said, shim: kata.shim, docker, anyway: hostVariable(ANYWAY_VARIABLE) === '1' };
  return versionFault(versions) ?? hostFault(readKataHost(kata.configPath, said)) ?? kata;
}
