/**
 * What Apple's `container` refuses, in its words, by version: sources at each. `{dir}` is a folder of the host with `file` and a
 * socket `s`; `{image}` is an image that is there.
 */

export interface RefusalCase {
  readonly what: string;
  readonly version?: string;
  readonly macosVersion?: string;
  readonly args: readonly string[];
  readonly code: 1 | 64;
  readonly says: RegExp;
}

/** `create` with these flags. */
export const create = (...flags: readonly string[]): readonly string[] => [
  'create',
  ...flags,
  '{image}',
  'true',
];

/** swift-argument-parser, UsageGenerator.swift: exit code 64, and the usage. */
const USAGE: readonly RefusalCase[] = [
  {
    what: 'an option that it has not',
    args: create('--pids-limit', '9'),
    code: 64,
    says: /^Error: Unknown option '--pids-limit'\nUsage: container create /,
  },
  {
    what: 'one that is nearly right',
    args: create('--read-onyl'),
    code: 64,
    says: /Unknown option '--read-onyl'\. Did you mean '--read-only'\?/,
  },
  {
    what: 'an option before its version',
    version: '0.11.0',
    args: create('--cap-drop', 'ALL'),
    code: 64,
    says: /Unknown option '--cap-drop'/,
  },
  {
    what: 'half a processor',
    args: create('--cpus', '1.5'),
    code: 64,
    says: /The value '1\.5' is invalid for '--cpus <cpus>'/,
  },
  {
    what: 'an option without its value',
    args: ['create', '--name'],
    code: 64,
    says: /Missing value for '--name <name>'/,
  },
  {
    what: 'a value that looks like an option',
    args: create('--env', '-A=b'),
    code: 64,
    says: /Missing value for '--env <env>'/,
  },
  {
    what: 'a flag with a value',
    args: create('--read-only=true'),
    code: 64,
    says: /The option '--read-only' does not take any value, but 'true' was specified/,
  },
  {
    what: 'no image',
    args: ['create', '--read-only'],
    code: 64,
    says: /Missing expected argument '<image>'/,
  },
  {
    what: 'no program for exec',
    args: ['exec', 'something'],
    code: 64,
    says: /Missing expected argument '<arguments> \.\.\.'/,
  },
  {
    what: 'a format for inspect',
    args: ['inspect', '--format', 'json', 'x'],
    code: 64,
    says: /Unknown option '--format'/,
  },
  {
    what: 'a filter for ls',
    args: ['ls', '--filter', 'label=a'],
    code: 64,
    says: /Unknown option '--filter'/,
  },
  {
    what: 'a format that there is not',
    args: ['ls', '--format', '{{.ID}}'],
    code: 64,
    says: /The value '\{\{\.ID\}\}' is invalid for '--format <format>'/,
  },
  { what: 'too much', args: ['start', 'a', 'b'], code: 64, says: /Unexpected argument 'b'/ },
];

/** apple/container Parser.swift, Utility.swift and ContainersService.swift at 1.2.2. */
const VALUES: readonly RefusalCase[] = [
  {
    what: 'a label with = in its value',
    args: create('--label', 'a=b=c'),
    code: 1,
    says: /^Error: invalid label format a=b=c$/m,
  },
  {
    what: 'the same, said before 1.0',
    version: '0.12.3',
    args: create('--label', 'a=b=c'),
    code: 1,
    says: /^Error: invalidArgument: "invalid label format a=b=c"$/m,
  },
  {
    what: 'a name that begins badly',
    args: create('--name', '.hidden'),
    code: 1,
    says: /invalid entity name \.hidden|is not a valid container ID/,
  },
  { what: 'a name that is too long', args: create('--name', 'a'.repeat(64)), code: 1, says: /a{64}/ },
  {
    what: 'too little memory',
    args: create('--memory', '199m'),
    code: 1,
    says: /minimum memory amount allowed is 200 MiB \(got 208666624 bytes\)/,
  },
  {
    what: 'a mount with = in its value',
    args: create('--mount', 'type=bind,source={dir}/a=b,target=/x'),
    code: 1,
    says: /invalid directive format missing value source=/,
  },
  {
    what: 'a directive that it has not',
    args: create('--mount', 'type=bind,source={dir},target=/x,bind-propagation=rslave'),
    code: 1,
    says: /unknown directive bind-propagation when parsing mount/,
  },
  {
    what: 'one file by --mount',
    args: create('--mount', 'type=bind,source={dir}/file,target=/x'),
    code: 1,
    says: /path '.*\/file' is not a directory/,
  },
  {
    what: 'a socket by --mount',
    args: create('--mount', 'type=bind,source={dir}/s,target=/x'),
    code: 1,
    says: /path '.*\/s' is not a directory/,
  },
  {
    what: 'a size for a folder',
    args: create('--mount', 'type=bind,source={dir},target=/x,size=1m'),
    code: 1,
    says: /unsupported option size for bind mount/,
  },
  {
    what: 'a source for memory',
    args: create('--mount', 'type=tmpfs,source={dir},target=/x'),
    code: 1,
    says: /cannot specify source for tmpfs mount/,
  },
  {
    what: 'a volume with four parts',
    args: create('--volume', '{dir}:/x:ro:z'),
    code: 1,
    says: /invalid volume format/,
  },
  {
    what: 'a limit that it has not',
    args: create('--ulimit', 'pids=9'),
    code: 1,
    says: /unsupported ulimit type 'pids': valid types are core, cpu/,
  },
  {
    what: 'a limit above its bound',
    args: create('--ulimit', 'nproc=9:8'),
    code: 1,
    says: /ulimit 'nproc' soft limit \(9\) cannot exceed hard limit \(8\)/,
  },
  {
    what: 'a limit twice',
    args: create('--ulimit', 'nproc=9', '--ulimit', 'nproc=8'),
    code: 1,
    says: /duplicate ulimit type: nproc/,
  },
  {
    what: 'a capability that there is not',
    args: create('--cap-add', 'EVERYTHING'),
    code: 1,
    says: /EVERYTHING/,
  },
  {
    what: 'a socket to publish that is there',
    args: create('--publish-socket', '{dir}/s:/run/s'),
    code: 1,
    says: /host socket .*\/s already exists and may be in use/,
  },
  {
    what: 'an image that is not there',
    args: ['create', 'localhost/nothing:1'],
    code: 1,
    says: /localhost\/nothing:1/,
  },
];

export const FLAG_REFUSALS: readonly RefusalCase[] = [...USAGE, ...VALUES];
