import type { AdvisoryRow, DebianFix } from './row.ts';

/** Known-bad versions of the programs that start a bottle's first process: OCI runtimes and bubblewrap. */

const DEBIAN_RUNC: readonly DebianFix[] = [
  { fixedIn: '1.1.15+ds1-2+deb13u1', source: "Debian's changelog of runc, 2026-11-13" },
];

const RUNC: readonly AdvisoryRow[] = [
  {
    program: 'runc',
    advisory: 'CVE-2024-21626',
    from: '1.0.0-rc93',
    fixedIn: ['1.1.12'],
    date: '2024-01-31',
    kind: 'escape',
    what: "a descriptor of the host's files leaks into the container",
    source: 'CVE record; opencontainers/runc GHSA-xr7r-f8xq-vfvv',
  },
  {
    program: 'runc',
    advisory: 'CVE-2025-31133',
    fixedIn: ['1.2.8', '1.3.3', '1.4.0-rc.3'],
    date: '2025-11-06',
    kind: 'escape',
    what: 'a replaced /dev/null turns masked paths into writable files of procfs',
    source: 'CVE record; opencontainers/runc GHSA-9493-h29p-rfm2',
    debian: DEBIAN_RUNC,
  },
  {
    program: 'runc',
    advisory: 'CVE-2025-52565',
    fixedIn: ['1.2.8', '1.3.3', '1.4.0-rc.3'],
    date: '2025-11-06',
    kind: 'escape',
    what: 'the mount of /dev/console is turned onto files of procfs',
    source: 'release notes of runc 1.2.8; opencontainers/runc GHSA-qw9x-cqr3-wc7r',
    debian: DEBIAN_RUNC,
  },
  {
    // Debian's changelog does not name this fix, so 1.1.15+ds1-2+deb13u1 has no row here.
    program: 'runc',
    advisory: 'CVE-2025-52881',
    fixedIn: ['1.2.8', '1.3.3', '1.4.0-rc.3'],
    date: '2025-11-06',
    kind: 'escape',
    what: 'writes to /proc are turned onto other files of procfs',
    source: 'CVE record; opencontainers/runc GHSA-cgrx-mc8f-2prm',
  },
  {
    program: 'runc',
    advisory: 'CVE-2026-41579',
    fixedIn: ['1.3.6', '1.4.3', '1.5.0-rc.3'],
    date: '2026-06',
    kind: 'old',
    what: 'an image whose /dev is a link writes to the host, in narrow limits',
    source: 'release notes of runc 1.3.6, 1.4.3 and 1.5.0-rc.3',
    debian: DEBIAN_RUNC,
  },
  {
    program: 'runc',
    advisory: 'CVE-2026-119101',
    fixedIn: ['1.3.7', '1.4.4', '1.5.3'],
    date: '2026-11-12',
    kind: 'old',
    what: 'a restored checkpoint mounts any folder of the host',
    source: 'release notes of runc 1.3.7, 1.4.4 and 1.5.3',
  },
];

const CRUN: readonly AdvisoryRow[] = [
  {
    program: 'crun',
    advisory: 'CVE-2025-24965',
    fixedIn: ['1.20'],
    date: '2025-03',
    kind: 'old',
    what: 'the krun handler writes outside the root of the container',
    source: 'flatcar/Flatcar#1675; containers/crun GHSA-f42g-r5jj-qh4j',
  },
  {
    program: 'crun',
    advisory: 'CVE-2026-88264',
    fixedIn: ['1.30'],
    date: '2026-09-24',
    kind: 'old',
    what: 'an image whose /dev/console is a link makes an empty file of root on the host',
    source: 'release notes of crun 1.30',
  },
  {
    program: 'crun',
    advisory: 'CVE-2026-88265',
    fixedIn: ['1.30'],
    date: '2026-09-24',
    kind: 'old',
    what: 'an image whose /dev/null is a link makes a mounted file of the host writable',
    source: 'release notes of crun 1.30',
  },
  {
    program: 'crun',
    advisory: 'CVE-2026-115520',
    fixedIn: ['1.31'],
    date: '2026-11-12',
    kind: 'old',
    what: 'a restored checkpoint mounts any folder of the host',
    source: 'release notes of crun 1.31',
  },
  {
    program: 'crun',
    advisory: 'CVE-2026-115521',
    fixedIn: ['1.31'],
    date: '2026-11-12',
    kind: 'old',
    what: "an image keeps its container's root writable",
    source: 'release notes of crun 1.31',
  },
];

const RUNSC: readonly AdvisoryRow[] = [
  {
    // The CVE record names a commit (573a9e73cf844f), but no release.
    program: 'runsc',
    advisory: 'CVE-2026-96812',
    fixedIn: ['release-20260824.0'],
    date: '2026-09-25',
    kind: 'escape',
    what: 'an image with a node of /dev/cuse runs code as root of a host that has CUSE',
    source: 'CVE record; the release by a comment in go.mod of ziro-os/ziroctl, not by gVisor itself',
  },
];

const KATA: readonly AdvisoryRow[] = [
  {
    program: 'kata',
    advisory: 'CVE-2026-24054',
    fixedIn: ['3.26.0'],
    date: '2026-01-29',
    kind: 'old',
    what: "an image without layers plugs the host's disk into the guest",
    source: 'CVE record; kata-containers GHSA-5fc8-gg7w-3g5c',
  },
  {
    program: 'kata',
    advisory: 'CVE-2026-24834',
    fixedIn: ['3.27.0'],
    date: '2026-02-19',
    kind: 'old',
    what: 'a container takes over its guest, through pmem',
    source: 'CVE record; kata-containers GHSA-wwj6-vghv-5p64; golang/vulndb#4517',
  },
  {
    program: 'kata',
    advisory: 'CVE-2026-44210',
    fixedIn: ['3.31.0'],
    date: '2026-07-23',
    kind: 'old',
    what: "annotations of a pod serve the host's root to the guest",
    source: 'CVE record; kata-containers GHSA-rr59-xxvx-96qr',
  },
  {
    program: 'kata',
    advisory: 'CVE-2026-47243',
    fixedIn: ['3.31.0'],
    date: '2026-08-07',
    kind: 'escape',
    what: 'root of the guest becomes root of the host, through virtiofsd (runtime-rs)',
    source: 'CVE record; kata-containers GHSA-2gv2-cffp-j227',
  },
];

const BUBBLEWRAP: readonly AdvisoryRow[] = [
  {
    program: 'bubblewrap',
    advisory: 'CVE-2026-41163',
    from: '0.11.0',
    fixedIn: ['0.11.2'],
    date: '2026-05-09',
    kind: 'old',
    what: 'where bwrap is setuid, a user of the host gets its privileges',
    source: 'CVE record; containers/bubblewrap GHSA-xq78-7hw4-5jvp',
    debian: [{ fixedIn: '0.11.0-2+deb13u1', source: "Debian's changelog of bubblewrap" }],
  },
  {
    program: 'bubblewrap',
    advisory: 'CVE-2026-87766',
    fixedIn: ['0.12.0'],
    date: '2026-09-09',
    kind: 'escape',
    what: 'links in a mounted folder turn the making of mount points onto the host',
    source: 'CVE record; containers/bubblewrap GHSA-pxhw-h44j-8pfx',
  },
];

/** Ordered by program, oldest first. */
export const RUNTIME_ROWS: readonly AdvisoryRow[] = [...RUNC, ...CRUN, ...RUNSC, ...KATA, ...BUBBLEWRAP];
