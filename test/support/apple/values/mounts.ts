import { lstatSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import type { Mount, PublishedSocket } from '../store/configuration.ts';
import { split, wholeMib } from './values.ts';

/** Mounts and sockets, as apple/container's Parser.swift (1.2.2) takes and refuses them. Volumes of its own are not imitated. */

const refused = (message: string): Failure => new Failure('invalidArgument', message);
const kindOf = (path: string) => statSync(path, { throwIfNoEntry: false });
const NO_VOLUMES = 'named and anonymous volumes are not imitated by this stand-in';

/** `-v`: a folder, a file, or one Unix socket. @throws Failure */
export function volumeOf(text: string): Mount {
  const parts = split(text.replace(/^:+/, ''), ':');
  const [source = '', destination, options] = parts;
  if (parts.length < 2) throw new Failure('unsupported', NO_VOLUMES);
  if (parts.length > 3) throw refused(`invalid volume format ${text}`);
  if (!source.includes('/') && source !== '.' && source !== '..')
    throw new Failure('unsupported', NO_VOLUMES);
  const path = resolve(source);
  if (kindOf(path) === undefined) throw refused(`path '${source}' does not exist`);
  return checked({
    type: { virtiofs: {} },
    source: path,
    destination: destination ?? '',
    options: split(options ?? '', ','),
  });
}

/** `--tmpfs`: a place, and nothing more. @throws Failure */
export const tmpfsOf = (destination: string): Mount =>
  checked({ type: { tmpfs: {} }, source: 'tmpfs', destination, options: [] });

const KEYS: Readonly<Record<string, string>> = {
  type: 'type',
  size: 'size',
  mode: 'mode',
  source: 'source',
  src: 'source',
  destination: 'destination',
  dst: 'destination',
  target: 'destination',
  readonly: 'ro',
  ro: 'ro',
};

/** `--mount`: a folder or a tmpfs; a value with `=` in it is refused, and so is what is no folder. @throws Failure */
export function mountOf(text: string): Mount {
  const parts = split(text, ',');
  if (parts.length === 0) throw refused(`invalid mount format: ${text}`);
  const directives = new Map<string, string>([['type', 'virtiofs']]);
  for (const part of parts) {
    const words = split(part, '=', 2);
    const key = KEYS[words[0] ?? ''];
    if (key === undefined) throw refused(`unknown directive ${words[0]} when parsing mount ${text}`);
    if (key !== 'ro' && words.length !== 2)
      throw refused(`invalid directive format missing value ${part} in ${text}`);
    directives.set(key, words[1] ?? '');
  }
  const type = directives.get('type') ?? '';
  if (type === 'volume') throw new Failure('unsupported', NO_VOLUMES);
  if (!['virtiofs', 'bind', 'tmpfs'].includes(type)) throw refused(`unsupported mount type ${type}`);
  return checked(type === 'tmpfs' ? memoryMount(directives) : folderMount(directives, type));
}

function memoryMount(directives: ReadonlyMap<string, string>): Mount {
  if (directives.has('source')) throw refused('cannot specify source for tmpfs mount');
  const [size, mode] = [directives.get('size'), directives.get('mode')];
  return {
    type: { tmpfs: {} },
    source: '',
    destination: directives.get('destination') ?? '',
    options: [
      ...(directives.has('ro') ? ['ro'] : []),
      ...(size === undefined ? [] : [`size=${wholeMib(size)}`]),
      ...(mode === undefined ? [] : [`mode=${mode}`]),
    ],
  };
}

function folderMount(directives: ReadonlyMap<string, string>, type: string): Mount {
  for (const key of ['size', 'mode'])
    if (directives.has(key)) throw refused(`unsupported option ${key} for ${type} mount`);
  const source = directives.get('source') ?? '';
  const kind = kindOf(resolve(source));
  if (kind === undefined) throw refused(`path '${source}' does not exist`);
  if (!kind.isDirectory()) throw refused(`path '${source}' is not a directory`);
  return {
    type: { virtiofs: {} },
    source: resolve(source),
    destination: directives.get('destination') ?? '',
    options: directives.has('ro') ? ['ro'] : [],
  };
}

function checked(mount: Mount): Mount {
  if (mount.destination === '') throw refused('mount destination cannot be empty');
  return mount;
}

/** `--publish-socket`: a socket of the guest's that shows on the host; its folder is made. @throws Failure */
export function publishedSocketOf(text: string): PublishedSocket {
  const [host, containerPath, more] = split(text, ':');
  if (host === undefined || containerPath === undefined || more !== undefined)
    throw refused(`invalid publish-socket format ${text}. Expected: host_path:container_path`);
  const hostPath = resolve(host);
  const there = lstatSync(hostPath, { throwIfNoEntry: false });
  if (there?.isSocket() === true) throw refused(`host socket ${hostPath} already exists and may be in use`);
  rmSync(hostPath, { force: true, recursive: true });
  mkdirSync(dirname(hostPath), { recursive: true });
  return { containerPath, hostPath };
}
