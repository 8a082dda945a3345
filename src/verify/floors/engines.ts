import type { AdvisoryRow, DebianFix } from './row.ts';

/** Known-bad versions of engines and virtual machine monitors. */

const DEBIAN_DOCKER: readonly DebianFix[] = [
  { fixedIn: '26.1.5+dfsg1-9+deb13u1', source: "Debian's changelog of docker.io, 2026-08-13" },
];

const DOCKER: readonly AdvisoryRow[] = [
  {
    program: 'docker',
    advisory: 'CVE-2024-29018',
    fixedIn: ['23.0.11', '25.0.5', '26.0.0-rc3'],
    date: '2024-03-20',
    kind: 'escape',
    what: "names asked in an internal network leave through the host's resolver",
    source: 'moby GHSA-mq39-4gv4-mvpx; release notes of 25.0.5 and 26.0.0-rc3',
  },
  {
    program: 'docker',
    advisory: 'CVE-2025-54410',
    fixedIn: ['25.0.13', '28.0.0'],
    date: '2025-07-30',
    kind: 'old',
    what: 'a reload of firewalld lets bridge networks reach each other, but for internal ones',
    source: 'moby GHSA-4vq8-7jfc-9cvp; moby/moby#51731; golang/vulndb#3882',
  },
  {
    program: 'docker',
    advisory: 'CVE-2026-34040',
    fixedIn: ['29.3.1'],
    date: '2026-03-31',
    kind: 'old',
    what: 'large requests go round authorization plugins',
    source: 'CVE record; moby GHSA-x744-4wpc-v9h2',
    debian: DEBIAN_DOCKER,
  },
  {
    program: 'docker',
    advisory: 'CVE-2026-42306',
    fixedIn: ['29.5.1'],
    date: '2026-06-12',
    kind: 'old',
    what: 'during docker cp, a container turns a mount onto the host',
    source: 'CVE record; moby GHSA-rg2x-37c3-w2rh',
    debian: DEBIAN_DOCKER,
  },
];

const PODMAN: readonly AdvisoryRow[] = [
  {
    program: 'podman',
    advisory: 'CVE-2025-9566',
    from: '4.0.0',
    fixedIn: ['5.6.1'],
    date: '2025-09-05',
    kind: 'old',
    what: 'podman kube play overwrites files of the host',
    source: 'CVE record; GHSA-wp3j-xq48-xpjw',
  },
  {
    program: 'podman',
    advisory: 'CVE-2026-55686',
    from: '3.0.0',
    fixedIn: ['5.7.1'],
    date: '2026-07',
    kind: 'old',
    what: 'an image whose working directory is a link makes a folder on the host',
    source: 'podman GHSA-q6r4-3wmg-fwcq; github/advisory-database#8591',
  },
  {
    program: 'podman',
    advisory: 'CVE-2026-57231',
    fixedIn: ['5.8.4', '6.0.0'],
    date: '2026-06-26',
    kind: 'old',
    what: "an image takes variables of podman's environment into its container",
    source: 'flatcar/Flatcar#2083; release notes of 6.0.0 as reported on 2026-07-03',
  },
  {
    // Bottles are made through the API; only `podman run` restores checkpoints.
    program: 'podman',
    advisory: 'CVE-2026-94603',
    from: '4.4.0',
    fixedIn: ['5.8.8', '6.1.3'],
    date: '2026-09-29',
    kind: 'old',
    what: 'an annotation of an image switches off all isolation in podman run',
    source: 'CVE record; podman GHSA-2cvf-wqm6-wr9g; release notes of 6.1.3',
  },
];

const CONTAINERD: readonly AdvisoryRow[] = [
  {
    program: 'containerd',
    advisory: 'CVE-2024-25621',
    fixedIn: ['1.7.29', '2.0.7', '2.1.5', '2.2.0'],
    date: '2025-11-06',
    kind: 'old',
    what: 'users of the host can enter its folders',
    source: 'CVE record; containerd GHSA-pwhc-rpq9-4c8w',
    debian: [{ fixedIn: '1.7.24~ds1-6+deb13u1', source: "Debian's changelog of containerd, 2025-11-17" }],
  },
  {
    // Docker does not use the plugin.
    program: 'containerd',
    advisory: 'CVE-2026-53488',
    from: '1.7.0',
    fixedIn: ['1.7.33', '2.0.10', '2.1.9', '2.2.5', '2.3.2'],
    date: '2026-06-19',
    kind: 'old',
    what: 'a label of an image runs commands as root of the host, in the plugin for Kubernetes',
    source: 'CVE record; containerd GHSA-xhf5-7wjv-pqxp; release notes of 2.3.2',
  },
];

const MACHINES: readonly AdvisoryRow[] = [
  {
    program: 'firecracker',
    advisory: 'CVE-2026-1386',
    fixedIn: ['1.13.2', '1.14.1'],
    date: '2026-01-23',
    kind: 'old',
    what: 'a user of the host who can write to the jail overwrites files through the jailer',
    source: 'CVE record; firecracker GHSA-36j2-f825-qvgc',
  },
  {
    program: 'firecracker',
    advisory: 'CVE-2026-5747',
    from: '1.13.0',
    fixedIn: ['1.14.4', '1.15.1'],
    date: '2026-04-07',
    kind: 'escape',
    what: 'with --enable-pci, root of the guest writes outside of its memory',
    source: 'AWS bulletin 2026-015; firecracker GHSA-776c-mpj7-jm3r',
  },
  {
    program: 'qemu',
    advisory: 'CVE-2021-3748',
    from: '0.10.0',
    fixedIn: ['6.2.0-rc0'],
    date: '2022-03-23',
    kind: 'escape',
    what: 'the guest uses freed memory of virtio-net, to run code in QEMU',
    source: 'CVE record',
  },
  {
    // Backports to 8.2 and 7.2 are likely, but no source names a release.
    program: 'qemu',
    advisory: 'CVE-2024-3446',
    fixedIn: ['9.0.0'],
    date: '2024-04-09',
    kind: 'old',
    what: 'the guest frees memory twice in virtio-gpu, -serial and -crypto',
    source: 'CVE record; pull request of 2024-04-10 on qemu-devel, before 9.0.0',
  },
];

/** Ordered by program, oldest first. */
export const ENGINE_ROWS: readonly AdvisoryRow[] = [...DOCKER, ...PODMAN, ...CONTAINERD, ...MACHINES];
