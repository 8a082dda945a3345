import { join } from 'node:path';
import type { Edit } from './apply.ts';
import { main, netRaw, noFilter, RUNC, type Sabotage } from './sabotage.ts';

/** A mount of the host for a container's request body, at the same path unless `guestPath` differs. */
const mountOf = (path: string, more = '', guestPath = path): string =>
  `{ Type: "bind", Source: "${path}", Target: "${guestPath}", ReadOnly: false, BindOptions: { Propagation: "rprivate"${more} } }`;

/** A gVisor that ignores `--network=host`. */
const OWN_STACK = join(import.meta.dirname, '..', 'support', 'runsc-own-stack');

const VAR_TMP = mountOf('/var/tmp'); // others write to it
const ENGINE_SOCKET = mountOf('/run/docker.sock');
const SYS = mountOf('/sys', ', NonRecursive: true');

const moreMounts = (...mounts: readonly string[]): Edit =>
  main(
    /Mounts: plan2\.mounts\.map\(toBindMount\),/,
    `Mounts: [...plan2.mounts.map(toBindMount), ${mounts.join(', ')}],`,
  );

/** Adds mounts of host folders. */
export const mountsMore = (...pairs: readonly (readonly [hostPath: string, guestPath: string])[]): Edit =>
  moreMounts(...pairs.map(([hostPath, guestPath]) => mountOf(hostPath, '', guestPath)));

/** Leaves out one of the bottle's tmpfs places. */
const without = (guestPath: string): Edit =>
  main(
    /Tmpfs: tmpfsOf\(plan2, dialect2\),/,
    `Tmpfs: (({ "${guestPath}": _, ...others }) => others)(tmpfsOf(plan2, dialect2)),`,
  );

/** Mistakes in the request body of a container for an engine. */
export const OF_CONTAINERS: readonly Sabotage[] = [
  {
    name: 'runc: the network is the engine’s own bridge',
    rung: RUNC,
    edits: [
      main(
        /NetworkMode: networkMode\(plan2\.network\),/,
        'NetworkMode: plan2.network.kind === "none" ? "bridge" : networkMode(plan2.network),',
      ),
      main(/NetworkDisabled: kind === "none",/, 'NetworkDisabled: false,'),
    ],
    refusal: /launch check network\.interfaces failed/,
    breached: [
      'tcp-host',
      'tcp-beyond',
      'udp-host',
      'udp-beyond',
      'sibling-tcp',
      'sibling-udp',
      'life-gateway-killed',
    ],
    held: ['udp-lite'],
  },
  {
    name: 'runc: host pid namespace',
    rung: RUNC,
    edits: [main(/PidMode: plan2\.hostProcesses === true \? "host" : "",/, 'PidMode: "host",')],
    refusal: /pid namespace is the host's/,
    breached: ['proc-cmdline', 'kill', 'sibling-processes'],
  },
  {
    name: 'runc: a folder of the host is mounted, with a socket in it',
    rung: RUNC,
    edits: [without('/var/tmp'), moreMounts(VAR_TMP)],
    refusal: /\/var\/tmp is (?:no tmpfs|a folder of the host's)/,
    breached: ['unix-file', 'write-file'],
  },
  {
    name: 'runc: /dev/shm is the host’s',
    rung: RUNC,
    edits: [without('/dev/shm'), moreMounts(mountOf('/dev/shm'))],
    refusal: /\/dev\/shm is (?:no tmpfs|a folder of the host's)/,
    breached: ['limit-disk-shm', 'limit-files-shm'],
    held: ['limit-disk-tmp', 'limit-files-tmp'],
  },
  {
    name: 'runc: no limit to memory',
    rung: RUNC,
    edits: [
      main(/Memory: plan2\.limits\.memoryBytes,/, 'Memory: 0,'),
      main(/MemorySwap: plan2\.limits\.memoryBytes,/, 'MemorySwap: 0,'),
    ],
    refusal: /memory: at most \d+ was asked for/,
    breached: ['limit-memory'],
    held: ['limit-processes', 'limit-disk-tmp'],
  },
  {
    name: 'runc: no limit to processor time',
    rung: RUNC,
    edits: [main(/NanoCpus: Math\.round\(plan2\.limits\.cpus \* 1e9\),/, 'NanoCpus: 0,')],
    refusal: /cpus: at most [\d.]+ was asked for/,
  },
  {
    name: 'runc: the launcher keeps what its agent prints',
    rung: RUNC,
    edits: [
      main(
        /for \(const \{ stream: stream2, payload \} of frames2\) await write\(sinks\[stream2\], payload\);/,
        'if (process.argv.includes("start")) (globalThis.kept ??= []).push(Buffer.from(chunk)); $&',
      ),
    ],
    breached: ['limit-printed'],
    held: ['limit-memory'],
  },
  {
    name: 'runc: no size of what may be written to',
    rung: RUNC,
    edits: [main(/`size=\$\{place\.sizeBytes\}`,/, '')],
    refusal: /\/tmp may hold other than \d+ bytes/,
    breached: ['limit-disk-tmp', 'limit-disk-home', 'limit-disk-shm'],
    held: ['limit-memory', 'limit-files-tmp'],
  },
  {
    name: 'runc: a secret in env (the launcher’s environment goes in)',
    rung: RUNC,
    edits: [
      main(
        /Env: Object\.entries\(plan2\.env\)/,
        'Env: Object.entries({ ...plan2.env, TOKEN: process.env.BOT_BOTTLE_VERIFY_TOKEN, KEY: process.env.BOT_BOTTLE_VERIFY_SECRET })',
      ),
    ],
    breached: ['environment', 'secret-environment'],
  },
  {
    name: 'runc: NET_RAW is kept',
    rung: RUNC,
    edits: [netRaw],
    refusal: /Cap\w+: should be/,
    breached: ['raw-socket'],
  },
  {
    name: 'runc: NET_ADMIN and SYS_TIME are kept',
    rung: RUNC,
    edits: [
      main(/CapAdd: plan2\.capabilities,/, 'CapAdd: ["NET_ADMIN", "SYS_TIME", ...plan2.capabilities],'),
    ],
    refusal: /Cap\w+: should be/,
    breached: ['route-add', 'address-add', 'clock-set'],
  },
  {
    name: 'runc: the engine’s socket is mounted',
    rung: RUNC,
    edits: [moreMounts(ENGINE_SOCKET)],
    breached: ['engine-socket'],
  },
  {
    name: 'runc: writable /sys',
    rung: RUNC,
    edits: [moreMounts(SYS)],
    refusal: /settings of the host's kernel can be written to: \/sys/,
    breached: ['sysfs-write'],
  },
  {
    name: 'runc: no seccomp',
    rung: RUNC,
    edits: [noFilter],
    refusal: /Seccomp: should be 2/,
    breached: ['seccomp-filter', 'ns-user', 'socket-family', 'socket-protocol'],
  },
  {
    name: 'runc: privileges may be gained',
    rung: RUNC,
    // The image has no program that changes the user; the host has this one.
    edits: [
      main(/SecurityOpt: \[\n\s+"no-new-privileges",/, 'SecurityOpt: ['),
      moreMounts(mountOf('/usr/bin/newgrp')),
    ],
    refusal: /NoNewPrivs: should be 1/,
    breached: ['no-new-privs', 'setuid-program'],
  },
  {
    name: 'runc: files of the kernel are not hidden',
    rung: RUNC,
    edits: [main(/MaskedPaths: MASKED_PATHS/, 'MaskedPaths: ["/proc/kcore"]')],
    refusal: /shows/,
    breached: ['kernel-memory'],
  },
  {
    name: 'runc: no limits: processes, memory, disk, files, what is open, what is printed',
    rung: RUNC,
    edits: [
      main(/PidsLimit: plan2\.limits\.pids,/, 'PidsLimit: -1,'),
      main(/Memory: plan2\.limits\.memoryBytes,/, 'Memory: 0,'),
      main(/MemorySwap: plan2\.limits\.memoryBytes,/, 'MemorySwap: 0,'),
      main(/`size=\$\{place\.sizeBytes\}`,/, ''),
      main(/`nr_inodes=\$\{mostFilesOf\(place\.sizeBytes\)\}`/, '"nr_inodes=1m"'),
      // Less than any host's engine sets by default.
      main(/function openFilesWithin\(\w+\) \{/, '$& return 8192;'),
      main(/\{ Name: "nofile", Soft: \w+\.openFiles, Hard: \w+\.openFiles \},?/, ''),
      main(/if \(length < MOST_SAID\) chunks/, 'chunks'),
    ],
    refusal: /PidsLimit: asked for/,
    breached: [
      'limit-processes',
      'limit-raised',
      'limit-memory',
      'limit-open-files',
      'limit-printed',
      'limit-disk-tmp',
      'limit-disk-home',
      'limit-disk-shm',
      'limit-files-tmp',
      'limit-files-home',
      'limit-files-shm',
    ],
    held: ['limit-priority', 'limit-log'],
  },
  {
    name: 'runsc: a runtime swapped under the same name',
    rung: { ...RUNC, runtime: 'runsc', boundary: 'user-kernel', networkForm: 'holder' },
    edits: [main(/\{ Runtime: dialect2\.runtime \}/, '{ Runtime: "runc" }')],
    refusal: /runsc/,
  },
  {
    // As if the runtime was registered again without --network=host after its check.
    name: 'runsc: its network stack is its own, where it is to use the one that it is given',
    rung: { ...RUNC, runtime: 'runsc', engine: 'podman', boundary: 'user-kernel', networkForm: 'holder' },
    edits: [main(/http_proxy = false\n/, `$&[engine.runtimes]\nrunsc = ["${OWN_STACK}"]\n`)],
    refusal: /launch check agent\.gateway failed/,
  },
];
