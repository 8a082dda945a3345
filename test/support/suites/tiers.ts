/**
 * Test files that only `npm run test:full` runs, by suite, each with the reason. `npm test` runs all others, and must
 * stay within 30 minutes on two cores. A named file runs in any mode: `npx vitest run --project e2e kata`.
 */

export const SUITE_NAMES = ['integration', 'conformance', 'e2e'] as const;
export type SuiteName = (typeof SUITE_NAMES)[number];

const APPLE = 'a stand-in for Apple’s `container`, which no Linux host has';
const KATA = 'a stand-in for Kata, which no test host has';
const FIRECRACKER = 'a stand-in for Firecracker, which no test host has';
const EMULATED = 'emulated machines take minutes; `conformance/qemu` attacks one';
const SECOND_ENGINE = 'starts a second Docker with an image of its own, for a minute or two';
const OTHER_FORM = 'parts that other files try, put together in another way';

export const FULL_ONLY: Readonly<Record<SuiteName, Readonly<Record<string, string>>>> = {
  integration: {
    'apple-traps': APPLE,
    'firecracker-stand-in': FIRECRACKER,
    'firecracker-stand-in-boot': FIRECRACKER,
    'kata-stand-in': KATA,
    'nerdctl-mux': KATA,
    'debian-12': 'makes a Debian 12 with mmdebstrap, of packages from a mirror',
    'bubblewrap-user': 'six files of this folder once more, as an ordinary user',
    'image-making': 'makes the default image again and again, for minutes',
    'gateway-stalls': 'waits for what is silent',
    'kernel-attempts': 'attacks of the kernel probes by themselves, outside a bottle',
    'verify-page': 'the page of verify in a browser',
    'workspace-binary-diff': 'large binary files',
    'gateway-heavy': 'bulk traffic for minutes, to see what memory it takes',
    'long-run': 'a gateway that runs for long',
  },
  conformance: {
    apple: APPLE,
    'bubblewrap-user': OTHER_FORM,
    'docker-crun': OTHER_FORM,
    'docker-crun-bridge': OTHER_FORM,
    'docker-runc-bridge': OTHER_FORM,
    'docker-runsc-bridge': OTHER_FORM,
    firecracker: FIRECRACKER,
    kata: KATA,
    'kata-nerdctl': KATA,
    'podman-runc': OTHER_FORM,
    'podman-runc-bridge': OTHER_FORM,
    'podman-runsc': OTHER_FORM,
    'qemu-user': EMULATED,
    sabotage: 'breaks the program in a hundred ways, to see that verify notices',
  },
  e2e: {
    'agents-inject': 'installs real agents again and again, and reads their memory',
    agents: 'installs real agents from the registry',
    'doctor-machines': EMULATED,
    'engine-elsewhere': SECOND_ENGINE,
    kata: KATA,
    'kata-nerdctl': KATA,
    'kata-nerdctl-doctor': KATA,
    'kata-nerdctl-life': KATA,
    machine: EMULATED,
    'machine-engines': EMULATED,
    'machine-group': EMULATED,
    'machine-image': EMULATED,
    'machine-interrupted': EMULATED,
    'machine-kernel': EMULATED,
    'machine-stop': EMULATED,
    machines: EMULATED,
    'saved-machine': EMULATED,
    mac: 'a stand-in for macOS',
    'npm-opened': 'installs hundreds of packages; the demo installs one',
    pipelock: 'a stand-in for pipelock, which no test host has',
    'registry-clients': 'makes an image of package clients; `registries` tries Go on each rung',
    'recorded-hosts': 'stand-ins for other hosts of Docker and Podman',
  },
};

/** Vitest's `--mode` of `npm test`. */
export const EVERYDAY_MODE = 'everyday';

/** Returns the pattern of a file of a suite, in whichever of its folders it is. Names are unique in a suite. Pure. */
export const patternOf = (suite: SuiteName, name: string): string => `test/${suite}/**/${name}.test.ts`;

/** Returns the patterns of the files of a suite that a run in this mode leaves out. Pure. */
export const filesLeftOut = (suite: SuiteName, mode: string): string[] =>
  mode === EVERYDAY_MODE ? Object.keys(FULL_ONLY[suite]).map((name) => patternOf(suite, name)) : [];
