import { CREATE_FLAGS } from './create-flags.ts';
import type { Flag, FlagKind, Options } from './flags.ts';

/** nerdctl's subcommands as far as they are imitated, and what each takes (cmd/nerdctl/**). */

const make =
  (kind: FlagKind) =>
  (name: string, short?: string, initial?: string): Flag => ({
    name,
    kind,
    ...(short === undefined ? {} : { short }),
    ...(initial === undefined ? {} : { default: initial }),
  });
const text = make('string');
const flag = make('bool');
const int = make('int');
const slice = make('slice');
const array = make('array');

/** Before a subcommand, and after it too but for their letters. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  flag('debug'),
  flag('debug-full'),
  text('address', 'a'),
  text('host', 'H'),
  text('namespace', 'n'),
  text('snapshotter'),
  text('storage-driver'),
  text('cni-path'),
  text('cni-netconfpath'),
  text('data-root'),
  text('cgroup-manager'),
  flag('insecure-registry'),
  slice('hosts-dir'),
  flag('experimental'),
  text('host-gateway-ip'),
  text('bridge-ip'),
  flag('kube-hide-dupe'),
  slice('cdi-spec-dirs'),
  text('userns-remap'),
  slice('global-dns'),
  slice('global-dns-opts'),
  slice('global-dns-search'),
];

const after = (...flags: readonly Flag[]): Options => ({
  flags: [...flags, flag('help', 'h')],
  interspersed: true,
});
const program = (...flags: readonly Flag[]): Options => ({ flags, interspersed: false });

export const SHAPES = {
  create: program(...CREATE_FLAGS),
  exec: program(
    flag('tty', 't'),
    flag('interactive', 'i'),
    flag('detach', 'd'),
    text('workdir', 'w'),
    array('env', 'e'),
    slice('env-file'),
    flag('privileged'),
    text('user', 'u'),
    flag('help', 'h'),
  ),
  start: after(
    flag('attach', 'a'),
    text('detach-keys'),
    flag('interactive', 'i'),
    text('checkpoint'),
    text('checkpoint-dir'),
  ),
  stop: after(int('time', 't', '10'), text('signal', 's')),
  kill: after(text('signal', 's', 'KILL')),
  rm: after(flag('force', 'f'), flag('volumes', 'v')),
  ps: after(
    flag('all', 'a'),
    int('last', 'n', '-1'),
    flag('latest', 'l'),
    flag('no-trunc'),
    flag('quiet', 'q'),
    flag('size', 's'),
    text('format'),
    slice('filter', 'f'),
  ),
  'container inspect': after(text('mode', undefined, 'dockercompat'), flag('size', 's'), text('format', 'f')),
  inspect: after(
    text('mode', undefined, 'dockercompat'),
    flag('size', 's'),
    text('format', 'f'),
    text('type'),
  ),
  logs: after(
    flag('follow', 'f'),
    flag('timestamps', 't'),
    text('tail', 'n', 'all'),
    text('since'),
    text('until'),
    flag('details'),
  ),
  'image inspect': after(text('mode', undefined, 'dockercompat'), text('format', 'f'), text('platform')),
  load: after(text('input', 'i'), flag('quiet', 'q'), slice('platform'), flag('all-platforms')),
  pull: after(
    text('unpack', undefined, 'auto'),
    slice('platform'),
    flag('all-platforms'),
    text('verify', undefined, 'none'),
    flag('quiet', 'q'),
  ),
  images: after(
    slice('filter', 'f'),
    flag('quiet', 'q'),
    flag('no-trunc'),
    text('format'),
    flag('digests'),
    flag('names'),
    flag('all', 'a'),
  ),
  build: after(
    text('addr'),
    text('buildkit-host'),
    array('tag', 't'),
    text('file', 'f'),
    text('target'),
    array('build-arg'),
    flag('no-cache'),
    text('output', 'o'),
    text('progress', undefined, 'auto'),
    array('secret'),
    array('ssh'),
    flag('quiet', 'q'),
    flag('rm', undefined, 'true'),
    slice('platform'),
    text('iidfile'),
    array('label'),
    text('network'),
    flag('pull'),
  ),
  version: after(text('format', 'f')),
} as const satisfies Readonly<Record<string, Options>>;

export type Verb = keyof typeof SHAPES;

/** Other words for the same. */
export const ALIASES: Readonly<Record<string, Verb>> = {
  ...Object.fromEntries(
    (['create', 'exec', 'start', 'stop', 'kill', 'rm', 'logs'] as const).map((verb) => [
      `container ${verb}`,
      verb,
    ]),
  ),
  'container ls': 'ps',
  'container list': 'ps',
  'container ps': 'ps',
  'container remove': 'rm',
  'image load': 'load',
  'image pull': 'pull',
  'image ls': 'images',
  'image list': 'images',
  'image build': 'build',
  'builder build': 'build',
};

/** Words that subcommands are below. */
export const GROUPS: readonly string[] = ['container', 'image', 'builder'];

/** What the real one has and the stand-in has not. */
export const NOT_IMITATED: readonly string[] =
  'run update port diff restart pause unpause commit wait rename attach push save tag rmi history events info top stats network volume system namespace internal login logout compose ipfs apparmor cp checkpoint manifest search healthcheck completion help'.split(
    ' ',
  );
