import { ENGINE_ROWS } from './engines.ts';
import type { AdvisoryRow } from './row.ts';
import { RUNTIME_ROWS } from './runtimes.ts';

/**
 * Known-bad kernels, a small selection: vulnerabilities with a public exploit that escapes a container or a guest, and
 * a record that names the fixed release of each branch.
 */

const KERNEL_ROWS: readonly AdvisoryRow[] = [
  {
    program: 'kernel',
    advisory: 'CVE-2026-31431',
    from: '4.14',
    fixedIn: ['5.10.254', '5.15.204', '6.1.170', '6.6.137', '6.12.85', '6.18.22', '6.19.12', '7.0'],
    date: '2026-04-22',
    kind: 'escape',
    what: 'Copy Fail: sockets of AF_ALG write to files that can only be read',
    source: 'CVE record of 2026-09-08; apple/containerization#726',
  },
  {
    program: 'kernel',
    advisory: 'CVE-2026-43284',
    from: '4.11',
    fixedIn: ['5.10.255', '5.15.206', '6.1.172', '6.6.138', '6.12.87', '6.18.28', '7.0.5', '7.1'],
    date: '2026-05-08',
    kind: 'escape',
    what: 'Dirty Frag: ESP writes to files that can only be read, from a user namespace',
    source: 'CVE record of 2026-09-08; flatcar/Flatcar#2126',
  },
  {
    program: 'kvm',
    advisory: 'CVE-2026-53359',
    from: '2.6.36',
    fixedIn: ['5.15.222', '6.1.177', '6.6.144', '6.12.95', '6.18.38', '7.1.3', '7.2'],
    date: '2026-07-04',
    kind: 'escape',
    what: 'Januscape: a guest that may nest guests uses freed memory of the host (x86)',
    source: 'CVE record of 2026-10-03; coreos/fedora-coreos-tracker#2183',
  },
  {
    program: 'kvm',
    advisory: 'CVE-2026-64561',
    from: '5.9',
    fixedIn: ['6.6.148', '6.12.101', '6.18.42', '7.1.6', '7.2-rc5'],
    date: '2026-08-04',
    kind: 'escape',
    what: 'Zapscape: a guest that may nest guests corrupts lists of the host (x86)',
    source: 'CVE record of 2026-08-09; coreos/fedora-coreos-tracker#2203',
  },
];

/**
 * Versions that are known to be bad. A row is listed only if the source that it names contains both the advisory and
 * the fixed versions. A version that is not listed is not known to be good. Distributions patch older versions: see
 * `debian` and judge.ts.
 */
export const FLOORS: { readonly asOf: string; readonly rows: readonly AdvisoryRow[] } = {
  asOf: '2026-11-26',
  rows: [...RUNTIME_ROWS, ...ENGINE_ROWS, ...KERNEL_ROWS],
};
