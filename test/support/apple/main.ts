import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  chmodSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasFlag, parseCall, valueOf, valuesOf, type Call, type Verb } from './calls.ts';
import { DEFAULTS, type Settings } from './settings.ts';
import { shownOf, socketOf, tmpfsParts, type ImageFacts, type Shown } from './shown.ts';

/**
 * A stand-in for Apple's `container`, for tests: see README.md in this folder. It answers from records, or makes Podman
 * do the work. A command on descriptor 3 replaces this program (install.ts), so that the command's process has the
 * connection.
 */

const COMMAND_FD = 3;
const dir = dirname(dirname(process.argv[1] ?? ''));
const settings = {
  ...DEFAULTS,
  ...(JSON.parse(readFileSync(join(dir, 'settings.json'), 'utf8')) as object),
} as Settings;
const stateDir = join(dir, 'state');
/** Podman's names are valid for the whole host, a stand-in's names only for itself. */
const podmanName = (name: string): string =>
  `apple-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}-${name}`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
/** crun cannot start containers on a host with control groups of both versions. */
const PODMAN = ['podman', '--runtime', 'runc'] as const;
const podman = (...args: readonly string[]): string =>
  execFileSync(PODMAN[0], [...PODMAN.slice(1), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const replaceWith = (...command: readonly string[]): void =>
  void writeSync(COMMAND_FD, command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' '));

interface Listed {
  readonly Names: readonly string[];
  readonly State: string;
}

/** The stand-in's containers that Podman still has, and whether each runs. */
function containers(): readonly (Shown & { readonly state: string })[] {
  const listed = JSON.parse(podman('ps', '--all', '--format', 'json')) as readonly Listed[];
  return listed.flatMap(({ Names: [name = ''], State }) => {
    const path = join(stateDir, `${name}.json`);
    if (!existsSync(path)) return [];
    const shown = JSON.parse(readFileSync(path, 'utf8')) as Shown;
    return [{ ...shown, state: State === 'running' ? 'running' : 'stopped' }];
  });
}

/** @throws Error in Apple's words if there is no container of this name */
function theOne({ operands: [name = ''] }: Call): string {
  if (containers().some(({ id }) => id === name)) return podmanName(name);
  throw new Error(`get failed: container ${name} not found`);
}

function imageFacts(reference: string): ImageFacts {
  const { status, stdout } = spawnSync('podman', ['image', 'inspect', reference], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`image not found: ${reference}`);
  type Inspected = readonly {
    readonly Digest: string;
    readonly Config: { readonly Env?: readonly string[] };
  }[];
  const [image] = JSON.parse(stdout) as Inspected;
  return { digest: image?.Digest ?? '', environment: image?.Config.Env ?? [] };
}

/** The folder of a container's published sockets: its /tmp. */
const socketsDir = (name: string): string => join(stateDir, `${name}.sockets`);

function create(asked: Call): void {
  const shown = shownOf(asked, imageFacts(asked.operands[0] ?? ''));
  if (containers().some(({ id }) => id === shown.id))
    throw new Error(`container already exists: ${shown.id}`);
  const patterns = settings.notApplied.map((pattern) => new RegExp(pattern));
  const options = asked.options.filter(
    ([name, value]) => !patterns.some((pattern) => pattern.test(`${name} ${value}`.trim())),
  );
  const call = { ...asked, options };
  const published = valuesOf(call, '--publish-socket').map(socketOf);
  const name = podmanName(shown.id);
  if (published.length > 0) {
    mkdirSync(socketsDir(name), { recursive: true });
    chmodSync(socketsDir(name), 0o1777);
    const stray = published.find(({ containerPath }) => dirname(containerPath) !== '/tmp');
    if (stray !== undefined) throw new Error(`no planned place of a socket: ${stray.containerPath}`);
  }
  const [image = '', ...args] = call.operands;
  const same = [
    '--ulimit',
    '--cap-drop',
    '--cap-add',
    '--volume',
    '--env',
    '--entrypoint',
    '--workdir',
    '--cpus',
    '--memory',
  ];
  const words = [
    ['create', '--name', name, '--interactive', '--pull', 'never', '--no-hosts'],
    ['--user', `${valueOf(call, '--uid')}:${valueOf(call, '--gid')}`],
    same.flatMap((option) => valuesOf(call, option).flatMap((value) => [option, value])),
    hasFlag(call, '--read-only') ? ['--read-only', '--read-only-tmpfs=false'] : [],
    valuesOf(call, '--network').includes('none') ? ['--network', 'none'] : [],
    published.length > 0 ? ['--volume', `${socketsDir(name)}:/tmp`] : [],
    valuesOf(call, '--mount')
      .map(tmpfsParts)
      .flatMap(({ destination, mib, mode }) => [
        '--tmpfs',
        `${destination}:size=${mib}m,mode=${mode},exec,notmpcopyup`,
      ]),
  ];
  podman(...words.flat(), image, ...args);
  writeFileSync(join(stateDir, `${name}.json`), JSON.stringify(shown));
  say(shown.id);
}

/**
 * Publishes each socket on the host as soon as it exists: by a hard link, because the host's path must be a socket too.
 * Anybody may connect to it, as with Apple's, which has a separate process in between.
 */
function publish(name: string): void {
  const { configuration } = JSON.parse(readFileSync(join(stateDir, `${name}.json`), 'utf8')) as {
    readonly configuration: { readonly publishedSockets: readonly ReturnType<typeof socketOf>[] };
  };
  const script =
    'n=0; until [ -S "$0" ] && chmod 0777 "$0" && ln -f "$0" "$1"; do n=$((n+1)); [ $n -lt 600 ] || exit 1; sleep 0.05; done';
  for (const { hostPath, containerPath } of configuration.publishedSockets)
    spawn('sh', ['-c', script, join(socketsDir(name), basename(containerPath)), hostPath], {
      detached: true,
      stdio: 'ignore',
    }).unref();
}

function exec(call: Call): void {
  const user = `${valueOf(call, '--uid')}:${valueOf(call, '--gid')}`;
  const command = [
    'exec',
    '--interactive',
    '--user',
    user,
    '--workdir',
    valueOf(call, '--workdir'),
    theOne(call),
  ];
  const { execOutputBytes } = settings;
  const whole = [...PODMAN, ...command, ...call.operands.slice(1)];
  if (execOutputBytes === undefined) replaceWith(...whole);
  else replaceWith('sh', '-c', `"$@" | head -c ${execOutputBytes}`, 'sh', ...whole);
}

function list(call: Call): void {
  const all = containers().filter(({ state }) => state === 'running' || hasFlag(call, '--all'));
  if (hasFlag(call, '--quiet')) for (const { id } of all) say(id);
  else
    say(
      JSON.stringify(
        all.map(({ id, configuration, state }) => ({ id, configuration, status: { state, networks: [] } })),
      ),
    );
}

function status(): void {
  const app = { build: 'release', commit: '0' };
  say(
    JSON.stringify({
      status: 'running',
      client: { appName: 'container', ...app, version: settings.version },
      server: { appName: 'container-apiserver', ...app, version: settings.serverVersion },
    }),
  );
}

const HANDLERS: Readonly<Record<Verb, (call: Call) => void>> = {
  create,
  exec,
  start: (call) => {
    const name = theOne(call);
    publish(name);
    replaceWith(...PODMAN, 'start', '--attach', '--interactive', name);
  },
  stop: (call) => void podman('stop', '--time', valueOf(call, '--time'), theOne(call)),
  kill: (call) => void podman('kill', '--signal', valueOf(call, '--signal'), theOne(call)),
  delete: (call) => {
    const name = theOne(call);
    podman('rm', '--force', '--time', '0', name);
    rmSync(join(stateDir, `${name}.json`), { force: true });
    rmSync(socketsDir(name), { recursive: true, force: true });
  },
  ls: list,
  build: (call) => {
    const tag = valueOf(call, '--tag');
    podman('build', '--tag', tag, '--file', valueOf(call, '--file'), ...call.operands);
  },
  'image inspect': ({ operands: [reference = ''] }) => {
    const { digest } = imageFacts(reference);
    say(
      JSON.stringify([
        { id: digest.slice('sha256:'.length), configuration: { name: reference, descriptor: { digest } } },
      ]),
    );
  },
  'image load': (call) => void podman('load', '--input', valueOf(call, '--input')),
  'system status': status,
};

function main(args: readonly string[]): void {
  appendFileSync(join(dir, 'calls.jsonl'), `${JSON.stringify({ args })}\n`);
  if (args[0] === '--version')
    return say(`container CLI version ${settings.version} (build: release, commit: 0000000)`);
  const call = parseCall(args);
  const answer = settings.answers.find((one) => one.call === call.verb);
  if (answer === undefined) return HANDLERS[call.verb](call);
  if (answer.exitCode === 'never') return replaceWith('sleep', '3600');
  process.stdout.write(answer.stdout ?? '');
  process.stderr.write(answer.stderr ?? '');
  process.exitCode = answer.exitCode;
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
