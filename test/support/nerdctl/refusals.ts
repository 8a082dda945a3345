/** What nerdctl refuses, in its words; those of this stand-in alone say so. */
export interface Refusal {
  readonly args: readonly string[];
  readonly says: string;
}

const create = (flags: readonly string[], says: string): Refusal => ({
  args: ['create', '--network', 'none', ...flags, '{image}'],
  says,
});
const own = (args: readonly string[], what: string): Refusal => ({
  args,
  says: `${what}: not imitated by this stand-in`,
});

export const REFUSALS: readonly Refusal[] = [
  { args: ['bogus'], says: 'unknown subcommand \\"bogus\\" for \\"nerdctl\\"' },
  { args: ['create', '--nope', '{image}'], says: 'unknown flag: --nope' },
  { args: ['create', '-Z', '{image}'], says: "unknown shorthand flag: 'Z' in -Z" },
  { args: ['create', '--name'], says: 'flag needs an argument: --name' },
  { args: ['create'], says: 'requires at least 1 arg(s), only received 0' },
  { args: ['exec', 'one'], says: 'requires at least 2 arg(s), only received 1' },
  create(
    ['--cpus', 'x'],
    'invalid argument \\"x\\" for \\"--cpus\\" flag: strconv.ParseFloat: parsing \\"x\\": invalid syntax',
  ),
  create(
    ['-m', '64m', '--memory-swap', '32m'],
    'minimum memoryswap limit should be larger than memory limit, see usage',
  ),
  create(['--memory', '10x'], 'failed to parse memory bytes \\"10x\\": invalid size: \'10x\''),
  create(['--cpus', '1', '--cpu-quota', '5'], 'cpus and quota/period should be used separately'),
  create(['-l', 'nerdctl/x=1'], 'internal label \\"nerdctl/x\\" must not be specified manually'),
  create(
    ['--name', 'a b'],
    'invalid name \\"a b\\": identifier \\"a b\\" must match ^[A-Za-z0-9]+(?:[._-](?:[A-Za-z0-9]+))*$: invalid argument',
  ),
  create(['--security-opt', 'systempaths=x'], 'invalid security-opt \\"systempaths=unconfined\\"'),
  create(['--security-opt', 'seccomp='], 'invalid security-opt \\"seccomp\\"'),
  create(['--tmpfs', '/x:foo'], 'invalid tmpfs option \\"foo\\"'),
  create(['--mount', 'type=image,dst=/x'], "invalid mount type 'image' must be a volume/bind/tmpfs"),
  create(['--mount', 'type=bind,what=/x'], "unexpected key 'what' in 'what=/x'"),
  create(['-v', '/tmp:x'], "invalid mount path: 'x' mount path must be absolute"),
  create(['--cgroupns', 'x'], 'unknown cgroupns mode \\"x\\"'),
  create(['--device', 'null'], 'failed to parse device \\"null\\": \\"null\\" is not an absolute path'),
  create(['--ulimit', 'x=1'], 'invalid ulimit type: x'),
  create(['--user', 'nobody-here'], 'no users found'),
  create(['--pull', 'sometimes'], 'unexpected pull mode: \\"sometimes\\"'),
  create(['--restart', 'often'], 'unsupported restart policy \\"often\\"'),
  {
    args: ['create', '--network', 'none', '--pull', 'never', 'gone'],
    says: 'image not available: \\"gone\\"',
  },
  { args: ['pull', 'localhost/gone:1'], says: 'failed to resolve reference \\"localhost/gone:1\\"' },
  { args: ['build', '.'], says: '`buildctl` needs to be installed and `buildkitd` needs to be running' },
  { args: ['load', '--input', '/gone.tar'], says: 'open /gone.tar: no such file or directory' },
  { args: ['container', 'inspect', 'gone'], says: '1 errors:\\nno such container: gone' },
  { args: ['inspect', 'gone'], says: '1 errors: [no such object gone]' },
  { args: ['exec', 'gone', 'true'], says: 'no such container gone' },
  { args: ['kill', 'gone'], says: '1 errors:\\nno such container: gone' },
  { args: ['rm', 'gone'], says: '1 errors:\\nno such container: gone' },
  { args: ['start', 'gone'], says: '1 errors:\\nno such container: gone' },
  { args: ['kill', '--signal', 'SIGNONE', 'gone'], says: 'invalid signal: SIGNONE' },
  { args: ['kill', '--signal', '9', 'gone'], says: 'invalid signal: SIG9' },
  { args: ['--address', '/gone.sock', 'ps'], says: 'cannot access containerd socket \\"/gone.sock\\"' },
  {
    args: ['exec', '-i', '-d', 'a', 'b'],
    says: 'currently flag -i and -d cannot be specified together (FIXME)',
  },
  own(['create', '{image}'], '--network bridge'),
  own(['create', '--network', 'none', '--gpus', 'all', '{image}'], '--gpus'),
  own(['run', '{image}'], 'run'),
  own(['start', '-a', 'gone'], 'start --attach'),
  own(['volume', 'ls'], 'volume'),
];
