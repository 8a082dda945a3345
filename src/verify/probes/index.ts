import { BACK } from './back.ts';
import { CONFIG } from './config.ts';
import { CREDENTIALS } from './credentials.ts';
import { DNS } from './dns.ts';
import { FILES } from './files.ts';
import { GIT } from './git.ts';
import { HOSTS } from './hosts.ts';
import { LIFE } from './life.ts';
import type { FamilyName, Probe } from './probe.ts';
import { TERMINAL } from './terminal.ts';
import { WAYS } from './ways.ts';

/** Every probe there is, in the order of the report. The one list. */
export const PROBES: readonly Probe[] = [
  [...WAYS, ...DNS, ...HOSTS, ...CREDENTIALS, ...FILES, ...BACK],
  [...GIT, ...CONFIG, ...TERMINAL, ...LIFE],
].flat();

export interface Selection {
  readonly family?: FamilyName | undefined;
  readonly probe?: string | undefined;
}

/** Those that were asked for; all, where nothing is said. */
export const selectProbes = ({ family, probe }: Selection): readonly Probe[] =>
  PROBES.filter(
    (one) => (family === undefined || one.family === family) && (probe === undefined || one.id === probe),
  );
