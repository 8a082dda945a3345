import type { Option, Shape } from './parse.ts';

/**
 * The subcommands of Apple's `container` and what each takes, by version. From apple/container: Flags.swift (ContainerAPIClient),
 * the files below Sources/ContainerCommands, docs/command-reference.md at 1.2.2; first versions by the tags' own files.
 */

const text = (...names: [string, ...string[]]): Option => ({ names, value: 'text' });
const flag = (...names: [string, ...string[]]): Option => ({ names });
const integer = (...names: [string, ...string[]]): Option => ({ names, value: 'integer' });
const unsigned = (...names: [string, ...string[]]): Option => ({ names, value: 'unsigned' });
const since = (version: string, option: Option): Option => ({ ...option, since: version });

const LOGGING = [flag('--debug')];
const PROCESS: readonly Option[] = [
  text('--env', '-e'),
  text('--env-file'),
  unsigned('--gid'),
  flag('--interactive', '-i'),
  flag('--tty', '-t'),
  text('--user', '-u'),
  unsigned('--uid'),
  { names: ['--workdir', '-w', '--cwd'], value: 'text', valueName: 'dir' },
  since('0.9.0', { ...text('--ulimit'), valueName: 'limit' }),
];
const MANAGEMENT: readonly Option[] = [
  text('--arch', '-a'),
  since('0.12.0', text('--cap-add')),
  since('0.12.0', text('--cap-drop')),
  text('--cidfile'),
  flag('--detach', '-d'),
  { ...text('--dns'), valueName: 'ip' },
  { ...text('--dns-domain'), valueName: 'domain' },
  { ...text('--dns-option'), valueName: 'option' },
  { ...text('--dns-search'), valueName: 'domain' },
  { ...text('--entrypoint'), valueName: 'cmd' },
  since('0.10.0', flag('--init')),
  since('0.10.0', { ...text('--init-image'), valueName: 'image' }),
  { ...text('--kernel', '-k'), valueName: 'path' },
  since('1.2.0', text('--kernel-arg')),
  text('--label', '-l'),
  since('1.2.1', text('--masked-path')),
  text('--mount'),
  text('--name'),
  text('--network'),
  flag('--no-dns'),
  text('--os'),
  text('--platform'),
  { ...text('--publish', '-p'), valueName: 'spec' },
  { ...text('--publish-socket'), valueName: 'spec' },
  flag('--read-only'),
  since('1.2.1', text('--read-only-path')),
  flag('--rm', '--remove'),
  flag('--rosetta'),
  since('0.10.0', text('--runtime')),
  since('1.0.0', text('--shm-size')),
  flag('--ssh'),
  text('--tmpfs'),
  flag('--virtualization'),
  text('--volume', '-v'),
];
const FETCH: readonly Option[] = [
  text('--scheme'),
  { names: ['--progress'], value: 'progress', valueName: 'type' },
  since('0.9.0', integer('--max-concurrent-downloads')),
];
const RESOURCES = [integer('--cpus', '-c'), text('--memory', '-m')];
const FORMAT: Option = { names: ['--format'], value: 'list-format' };
const QUIET = flag('--quiet', '-q');
const ALL = flag('--all', '-a');

const BUILD: readonly Option[] = [
  text('--arch', '-a'),
  text('--build-arg'),
  ...RESOURCES,
  text('--file', '-f'),
  text('--label', '-l'),
  flag('--no-cache'),
  text('--output', '-o'),
  text('--os'),
  text('--platform'),
  flag('--pull'),
  text('--progress'),
  QUIET,
  since('0.11.0', text('--secret')),
  since('1.2.1', text('--ssh')),
  text('--tag', '-t'),
  text('--target'),
  integer('--vsock-port'),
];

/** A subcommand, by its usage line: `<x>` is one argument, `<x> ...` some, `[<x> ...]` any number, `<arguments> ...` a program's. */
function command(usage: string, ...options: readonly Option[]): Shape {
  const places = [...usage.matchAll(/(?:^|\s)(\[)?<([a-z-]+)>( \.\.\.)?\]?/g)].filter(
    ([, , name]) => name !== 'options',
  );
  const [last] = places.filter(([, , , dots]) => dots !== undefined);
  const required = places.flatMap(([, bracket, name = '', dots]) =>
    (bracket ?? dots) === undefined ? [name] : [],
  );
  const rest = last === undefined ? 'none' : last[2] === 'arguments' ? 'program' : 'many';
  const restName = last?.[1] === undefined ? last?.[2] : undefined;
  return { options: [...options, ...LOGGING], required, rest, usage, restName };
}

const create = [...PROCESS, ...RESOURCES, ...MANAGEMENT, ...FETCH];

/** By the words of the subcommand; aliases are in ALIASES. */
export const SHAPES = {
  run: command('run [<options>] <image> [<arguments> ...]', ...create),
  create: command('create [<options>] <image> [<arguments> ...]', ...create),
  exec: command('exec [<options>] <container-id> <arguments> ...', ...PROCESS, flag('--detach', '-d')),
  start: command('start [<options>] <container-id>', flag('--attach', '-a'), flag('--interactive', '-i')),
  stop: command(
    'stop [<options>] [<container-ids> ...]',
    ALL,
    text('--signal', '-s'),
    integer('--time', '-t'),
  ),
  kill: command('kill [<options>] [<container-ids> ...]', ALL, text('--signal', '-s')),
  delete: command('delete [<options>] [<container-ids> ...]', ALL, flag('--force', '-f')),
  list: command('list [<options>]', ALL, FORMAT, QUIET),
  inspect: command('inspect [<options>] <container-ids> ...'),
  logs: command('logs [<options>] <container-id>', flag('--boot'), flag('--follow', '-f'), integer('-n')),
  copy: command('copy [<options>] <source> <destination>'),
  build: command('build [<options>] [<context-dir> ...]', ...BUILD),
  'image load': command(
    'image load [<options>]',
    text('--input', '-i'),
    since('0.9.0', flag('--force', '-f')),
  ),
  'image list': command('image list [<options>]', FORMAT, QUIET, flag('--verbose', '-v')),
  'image inspect': command('image inspect [<options>] <images> ...'),
  'image delete': command(
    'image delete [<options>] [<images> ...]',
    ALL,
    since('1.0.0', flag('--force', '-f')),
  ),
  'image pull': command(
    'image pull [<options>] <reference>',
    text('--arch', '-a'),
    text('--os'),
    text('--platform'),
    ...FETCH,
  ),
  'image tag': command('image tag [<options>] <source> <target>'),
  'network create': command(
    'network create [<options>] <name>',
    text('--label'),
    since('0.9.0', flag('--internal')),
    text('--subnet'),
    text('--subnet-v6'),
  ),
  'network delete': command('network delete [<options>] [<network-names> ...]', ALL),
  'network list': command('network list [<options>]', FORMAT, QUIET),
  'network inspect': command('network inspect [<options>] <networks> ...'),
  'system start': command(
    'system start [<options>]',
    text('--app-root', '-a'),
    text('--install-root'),
    flag('--enable-kernel-install'),
    flag('--disable-kernel-install'),
    integer('--timeout'),
  ),
  'system stop': command('system stop [<options>]', text('--prefix', '-p')),
  'system status': command('system status [<options>]', text('--prefix', '-p'), since('0.10.0', FORMAT)),
  'system version': command('system version [<options>]', FORMAT),
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

/** Subcommands that are below one of these words. */
export const GROUPS: readonly string[] = ['image', 'network', 'system'];

/** What the real one has and the stand-in has not. */
export const NOT_IMITATED: readonly string[] =
  'builder clean export i machine prune registry stats volume v s'.split(' ');
