import type { Option, Shape } from './parse.ts';

/**
 * The subcommands of Apple's `container` and what each takes, by version. From apple/container: Flags.swift (ContainerAPIClient),
 * the files below Sources/ContainerCommands, docs/command-reference.md at 1.2.2; first versions by the tags' own files.
 */

const text = (...names: string[]): Option => ({ names, value: 'text' });
const texts = (...names: string[]): Option => ({ names, value: 'text', isRepeatable: true });
const flag = (...names: string[]): Option => ({ names });
const since = (version: string, option: Option): Option => ({ ...option, since: version });

const LOGGING = [flag('--debug')];
const PROCESS = [
  texts('--env', '-e'),
  texts('--env-file'),
  { names: ['--gid'], value: 'unsigned' },
  flag('--interactive', '-i'),
  flag('--tty', '-t'),
  text('--user', '-u'),
  { names: ['--uid'], value: 'unsigned' },
  { names: ['--workdir', '-w', '--cwd'], value: 'text', valueName: 'dir' },
  since('0.9.0', texts('--ulimit')),
] as const satisfies readonly Option[];
const RESOURCES = [{ names: ['--cpus', '-c'], value: 'integer' }, text('--memory', '-m')] as const;
const MANAGEMENT = [
  text('--arch', '-a'),
  since('0.12.0', texts('--cap-add')),
  since('0.12.0', texts('--cap-drop')),
  text('--cidfile'),
  flag('--detach', '-d'),
  texts('--dns'),
  text('--dns-domain'),
  texts('--dns-option'),
  texts('--dns-search'),
  text('--entrypoint'),
  since('0.10.0', flag('--init')),
  since('0.10.0', text('--init-image')),
  text('--kernel', '-k'),
  since('1.2.0', texts('--kernel-arg')),
  texts('--label', '-l'),
  since('1.2.1', texts('--masked-path')),
  texts('--mount'),
  text('--name'),
  texts('--network'),
  flag('--no-dns'),
  text('--os'),
  text('--platform'),
  texts('--publish', '-p'),
  texts('--publish-socket'),
  flag('--read-only'),
  since('1.2.1', texts('--read-only-path')),
  flag('--rm', '--remove'),
  flag('--rosetta'),
  since('0.10.0', text('--runtime')),
  since('1.0.0', text('--shm-size')),
  flag('--ssh'),
  texts('--tmpfs'),
  flag('--virtualization'),
  texts('--volume', '-v'),
] as const satisfies readonly Option[];
const FETCH = [
  text('--scheme'),
  { names: ['--progress'], value: 'progress', valueName: 'type' },
  since('0.9.0', { names: ['--max-concurrent-downloads'], value: 'integer' }),
] as const satisfies readonly Option[];
const FORMAT: Option = { names: ['--format'], value: 'list-format' };
const QUIET = flag('--quiet', '-q');

const create = {
  options: [...PROCESS, ...RESOURCES, ...MANAGEMENT, ...FETCH, ...LOGGING],
  required: ['image'],
  rest: 'program',
} as const;
const many = (usage: string, ...options: Option[]): Shape => ({
  options: [...options, ...LOGGING],
  required: [],
  rest: 'many',
  usage,
});
const one = (usage: string, name: string, ...options: Option[]): Shape => ({
  options: [...options, ...LOGGING],
  required: [name],
  rest: 'none',
  usage,
});
const none = (usage: string, ...options: Option[]): Shape => ({
  options: [...options, ...LOGGING],
  required: [],
  rest: 'none',
  usage,
});

/** By the words of the subcommand; aliases are in ALIASES. */
export const SHAPES = {
  run: { ...create, usage: 'run [<options>] <image> [<arguments> ...]' },
  create: { ...create, usage: 'create [<options>] <image> [<arguments> ...]' },
  exec: {
    options: [...PROCESS, flag('--detach', '-d'), ...LOGGING],
    required: ['container-id'],
    rest: 'program',
    usage: 'exec [<options>] <container-id> <arguments> ...',
  },
  start: one(
    'start [--attach] [--interactive] [--debug] <container-id>',
    'container-id',
    flag('--attach', '-a'),
    flag('--interactive', '-i'),
  ),
  stop: many('stop [<options>] [<container-ids> ...]', flag('--all', '-a'), text('--signal', '-s'), {
    names: ['--time', '-t'],
    value: 'integer',
  }),
  kill: many('kill [<options>] [<container-ids> ...]', flag('--all', '-a'), text('--signal', '-s')),
  delete: many('delete [<options>] [<container-ids> ...]', flag('--all', '-a'), flag('--force', '-f')),
  list: none('list [<options>]', flag('--all', '-a'), FORMAT, QUIET),
  inspect: many('inspect [--debug] <container-ids> ...'),
  logs: one('logs [<options>] <container-id>', 'container-id', flag('--boot'), flag('--follow', '-f'), {
    names: ['-n'],
    value: 'integer',
  }),
  copy: {
    options: LOGGING,
    required: ['source', 'destination'],
    rest: 'none',
    usage: 'copy [--debug] <source> <destination>',
  },
  build: none('build [<options>] [<context-dir>]', text('--file', '-f'), texts('--tag', '-t')),
  'image load': none(
    'image load [--input <input>] [--force] [--debug]',
    text('--input', '-i'),
    since('1.0.0', flag('--force', '-f')),
  ),
  'image list': none('image list [<options>]', FORMAT, QUIET, flag('--verbose', '-v')),
  'image inspect': many('image inspect [--debug] <images> ...'),
  'image delete': many(
    'image delete [<options>] [<images> ...]',
    flag('--all', '-a'),
    since('1.0.0', flag('--force', '-f')),
  ),
  'image pull': one(
    'image pull [<options>] <reference>',
    'reference',
    text('--arch', '-a'),
    text('--os'),
    text('--platform'),
    ...FETCH,
  ),
  'image tag': {
    options: LOGGING,
    required: ['source', 'target'],
    rest: 'none',
    usage: 'image tag <source> <target>',
  },
  'network create': one(
    'network create [<options>] <name>',
    'name',
    texts('--label'),
    since('0.9.0', flag('--internal')),
    text('--subnet'),
    text('--subnet-v6'),
  ),
  'network delete': many('network delete [--all] [<network-names> ...]', flag('--all', '-a')),
  'network list': none('network list [<options>]', FORMAT, QUIET),
  'network inspect': many('network inspect [--debug] <networks> ...'),
  'system start': none(
    'system start [<options>]',
    text('--app-root', '-a'),
    text('--install-root'),
    flag('--enable-kernel-install'),
    flag('--disable-kernel-install'),
    { names: ['--timeout'], value: 'integer' },
  ),
  'system stop': none('system stop [--prefix <prefix>]', text('--prefix', '-p')),
  'system status': none('system status [<options>]', text('--prefix', '-p'), since('0.10.0', FORMAT)),
  'system version': none('system version [--format <format>]', FORMAT),
} as const satisfies Readonly<Record<string, Shape>>;

export type Verb = keyof typeof SHAPES;

export const ALIASES: Readonly<Record<string, Verb>> = {
  rm: 'delete',
  ls: 'list',
  cp: 'copy',
  'image ls': 'image list',
  'image rm': 'image delete',
  'network rm': 'network delete',
  'network ls': 'network list',
};

/** The first version that has a subcommand, where it is not all of 0.9 to 1.4. */
export const VERBS_SINCE: Readonly<Partial<Record<Verb, string>>> = {
  copy: '1.0.0',
  'system version': '0.10.0',
};

/** What subcommands are below; a word alone is none. */
export const GROUPS: readonly string[] = ['image', 'network', 'system'];
