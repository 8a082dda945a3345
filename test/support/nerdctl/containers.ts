import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ctr, findTask } from './ctr.ts';
import { Failure, log } from './failure.ts';
import type { Call } from './flags.ts';
import { findImage } from './images.ts';
import { hasFault, type Paths, type Settings } from './settings.ts';
import { specOf, wrongSpec, type Spec } from './spec.ts';

/** Containers: a file for each holds the request, and containerd has the container under the same id. */

export interface Container {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly runtime: string;
  readonly spec: Spec;
}

const NAME = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const fileOf = (paths: Paths, name: string): string => join(paths.containers, `${name}.json`);

/** Returns the folder for the pipes of programs in a container. */
export const pipesDir = ({ dir }: Paths, id: string): string => join(dir, 'pipes', id);

/** The container of this name, or undefined. */
function findContainer(paths: Paths, name: string): Container | undefined {
  const file = fileOf(paths, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Container) : undefined;
}

/** Returns the container of this name. @throws Failure if there is none */
export function requireContainer(paths: Paths, name: string): Container {
  const container = findContainer(paths, name);
  if (container !== undefined) return container;
  throw new Failure(`1 errors:\nno such container: ${name}`);
}

/** `nerdctl create`: returns the id. @throws Failure */
export function create(paths: Paths, call: Call, settings: Settings): string {
  const [reference = ''] = call.rest;
  const name = call.last('name');
  if (!NAME.test(name)) throw new Failure(`identifier "${name}" must match pattern ${NAME.source}`);
  if (call.last('network') !== 'none') throw new Failure('this stand-in has no network but none');
  const taken = findContainer(paths, name);
  if (taken !== undefined) throw new Failure(`name "${name}" is already used by ID "${taken.id}"`);
  const image = findImage(paths, reference);
  if (image === undefined) throw new Failure(`image not available: "${reference}"`);
  const id = randomBytes(32).toString('hex');
  const spec = specOf(paths, call, { id, image });
  const own = call.all('label').map((text): [string, string] => {
    const [label = '', ...value] = text.split('=');
    return [label, value.join('=')];
  });
  // Labels of the image become the container's.
  const labels = { ...image.config.Labels, ...Object.fromEntries(own), ...spec.annotations };
  const runtime = call.last('runtime');
  mkdirSync(paths.containers, { recursive: true });
  const file = fileOf(paths, name);
  const container: Container = { id, labels, image: image.name, runtime, spec };
  writeFileSync(`${file}.new`, JSON.stringify(container));
  renameSync(`${file}.new`, file);
  try {
    createInContainerd(paths, container, settings);
  } catch (error) {
    rmSync(file);
    throw error;
  }
  return `${id}\n`;
}

function createInContainerd(
  paths: Paths,
  { id, labels, runtime, spec }: Container,
  settings: Settings,
): void {
  const usual = (JSON.parse(ctr(paths, ['oci', 'spec'])) as Spec).process.capabilities;
  const wrong = wrongSpec(settings, spec, usual);
  const specPath = join(paths.dir, 'data', id, 'spec.json');
  writeFileSync(
    specPath,
    JSON.stringify(hasFault(settings, 'none-has-a-network') ? withNetwork(id, wrong) : wrong),
  );
  const own = Object.entries(labels).flatMap(([label, value]) => ['--label', `${label}=${value}`]);
  ctr(paths, ['containers', 'create', '--config', specPath, '--runtime', runtime, ...own, id]);
}

/**
 * The fault `none-has-a-network`: a namespace with an interface and a route. The stand-in for Kata's shim deletes it
 * with the container.
 */
function withNetwork(id: string, spec: Spec): Spec {
  const ip = (...args: readonly string[]): void => void execFileSync('ip', args);
  ip('netns', 'add', id);
  ip('-n', id, 'link', 'set', 'lo', 'up');
  ip('-n', id, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1');
  ip('-n', id, 'address', 'add', '10.231.0.2/24', 'dev', 'eth0');
  for (const link of ['eth0', 'eth1']) ip('-n', id, 'link', 'set', link, 'up');
  ip('-n', id, 'route', 'add', 'default', 'via', '10.231.0.1');
  const namespaces = spec.linux.namespaces.map((one) =>
    one.type === 'network' ? { ...one, path: `/run/netns/${id}` } : one,
  );
  return { ...spec, linux: { ...spec.linux, namespaces } };
}

/** `nerdctl start`: succeeds also if the container already runs. @throws Failure */
export function start(paths: Paths, { rest: [name = ''] }: Call): string {
  const { id } = requireContainer(paths, name);
  if (findTask(paths, id)?.status !== 'running') ctr(paths, ['tasks', 'start', '--detach', '--null-io', id]);
  return `${name}\n`;
}

/** `nerdctl container inspect --mode=native` (pkg/inspecttypes/native/container.go). @throws Failure */
export function inspect(paths: Paths, { rest: [name = ''] }: Call): string {
  const { id, labels, image, runtime, spec } = requireContainer(paths, name);
  const task = findTask(paths, id);
  const shown = {
    ID: id,
    Labels: labels,
    Image: image,
    Runtime: { Name: runtime, Options: null },
    Spec: spec,
    ...(task === undefined
      ? {}
      : { Process: { Pid: task.pid, Status: { Status: task.status, ExitStatus: 0 } } }),
  };
  return `${JSON.stringify([shown], undefined, 4)}\n`;
}

/** `nerdctl kill`. @throws Failure */
export function kill(paths: Paths, call: Call): string {
  const { id } = requireContainer(paths, call.rest[0] ?? '');
  if (findTask(paths, id)?.status !== 'running')
    throw new Failure(`cannot kill container ${id}: container is not running`);
  ctr(paths, ['tasks', 'kill', '--signal', call.last('signal'), id]);
  return `${id}\n`;
}

/** `nerdctl rm`: with --force it always succeeds (pkg/cmd/container/remove.go). @throws Failure */
export function remove(paths: Paths, call: Call): string {
  const [name = ''] = call.rest;
  try {
    removeContainer(paths, name);
    return `${name}\n`;
  } catch (error) {
    if (!(error instanceof Failure) || call.last('force') !== 'true') throw error;
    log('error', error.message);
    return '';
  }
}

const REMOVE_MS = 20_000;
const BETWEEN_TRIES_MS = 50;

/**
 * Removes a container by force. Tries again while it exists: its task may be about to end, or containerd about to start
 * another.
 * @throws Failure
 */
export function removeContainer(paths: Paths, name: string): void {
  const { id } = requireContainer(paths, name);
  const pipes = openPipes(pipesDir(paths, id));
  const isThere = (): boolean => ctr(paths, ['containers', 'ls', '--quiet']).includes(id);
  for (const end = Date.now() + REMOVE_MS; isThere();) {
    if (Date.now() > end) throw new Failure(`container ${id} does not end`);
    try {
      const task = findTask(paths, id);
      if (task?.status === 'running') ctr(paths, ['tasks', 'kill', '--signal', 'KILL', id]);
      else if (task !== undefined) ctr(paths, ['tasks', 'delete', id]);
      if (task === undefined) ctr(paths, ['containers', 'delete', id]);
    } catch (error) {
      if (!(error instanceof Failure) || Date.now() > end) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_TRIES_MS);
  }
  for (const pipe of pipes) closeSync(pipe);
  for (const dir of [pipesDir(paths, id), join(paths.dir, 'data', id)])
    rmSync(dir, { recursive: true, force: true });
  rmSync(fileOf(paths, name), { force: true });
}

/**
 * Opens the pipes at both ends: containerd's shim for runc waits for a reader of a program's output, for ever if the
 * client was killed before it opened the pipe. Kata's shim does not wait.
 */
const openPipes = (dir: string): readonly number[] =>
  (existsSync(dir) ? readdirSync(dir, { recursive: true, withFileTypes: true }) : [])
    .filter((entry) => entry.isFIFO())
    .map((entry) => openSync(join(entry.parentPath, entry.name), constants.O_RDWR | constants.O_NONBLOCK));

/** `nerdctl ps --all --format {{.Names}}`: returns the names. */
export const list = ({ containers }: Paths): string =>
  (existsSync(containers) ? readdirSync(containers) : [])
    .filter((entry) => entry.endsWith('.json'))
    .map((entry) => `${entry.slice(0, -'.json'.length)}\n`)
    .join('');
