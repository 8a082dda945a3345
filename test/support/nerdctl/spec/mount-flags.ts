import { existsSync, mkdirSync } from 'node:fs';
import { isAbsolute, normalize, resolve } from 'node:path';
import { Failure, log } from '../failure.ts';
import { createVolume, newVolumeName, type Volumes } from '../store/volumes.ts';
import { isIdentifier } from '../store/names.ts';
import { tmpfsOptions } from './tmpfs.ts';
import type { Mount } from './types.ts';
import { ramOr } from './values.ts';

/** What `--volume`, `--mount` and `--tmpfs` mean (pkg/mountutil: mountutil.go, mountutil_linux.go). */

export interface Processed {
  readonly type: 'bind' | 'volume' | 'tmpfs';
  readonly mount: Mount;
  readonly name: string;
  readonly anonymousVolume: string;
  readonly mode: string;
}

const PROPAGATIONS = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

interface Source {
  readonly type: 'bind' | 'volume';
  readonly path: string;
  readonly name: string;
  readonly anonymousVolume: string;
}

/** `--volume`. `createsSource`: a folder of this host that is not there is made, as `-v` does and `--mount` does not. @throws Failure */
export function processVolume(text: string, volumes: Volumes, createsSource = true): Processed {
  const parts = text.split(':');
  const [first = '', second, mode] = parts;
  if (parts.some((part) => part === '') || parts.length > 3)
    throw new Failure(`failed to split volume mount specification: invalid volume specification: '${text}'`);
  const isAnonymous = second === undefined;
  const guestPath = second ?? first;
  if (!isAbsolute(guestPath))
    throw new Failure(`invalid mount path: '${guestPath}' mount path must be absolute`);
  const source = isAnonymous ? anonymous(volumes) : sourceOf(first, volumes, createsSource);
  const options = mode === undefined ? [] : volumeOptions(source, mode);
  const bind = options.find((option) => option === 'bind' || option === 'rbind');
  return {
    type: source.type,
    name: source.name,
    anonymousVolume: source.anonymousVolume,
    mode: mode ?? '',
    mount: {
      type: bind === undefined ? 'none' : 'bind',
      source: normalize(source.path),
      destination: normalize(guestPath),
      options: bind === undefined ? [...options, 'rbind'] : options,
    },
  };
}

function anonymous(volumes: Volumes): Source {
  const name = newVolumeName();
  return { type: 'volume', path: createVolume(volumes, name), name: '', anonymousVolume: name };
}

function sourceOf(text: string, volumes: Volumes, createsSource: boolean): Source {
  // A name could be one; a path could not (containerd's pkg/identifiers).
  if (isIdentifier(text))
    return { type: 'volume', path: createVolume(volumes, text), name: text, anonymousVolume: '' };
  if (!existsSync(text)) {
    if (createsSource) mkdirSync(text, { recursive: true, mode: 0o755 });
    else
      log(
        'warning',
        `mount source "${text}" does not exist. Please make sure to create the directory on the host.`,
      );
  }
  return { type: 'bind', path: resolve(text), name: '', anonymousVolume: '' };
}

function volumeOptions({ type, path }: Source, mode: string): readonly string[] {
  const fail = (why: string): Failure =>
    new Failure(`failed to parse volume options ("${type}", "${path}", "${mode}"): ${why}`);
  const given = mode.split(',');
  const writing = given.filter((option) => ['rw', 'ro', 'rro'].includes(option));
  const propagation = given.filter((option) => PROPAGATIONS.includes(option));
  const binding = given.filter((option) => ['bind', 'rbind'].includes(option));
  for (const option of given)
    if (option !== '' && ![...writing, ...propagation, ...binding].includes(option))
      log('warning', `unsupported volume option "${option}"`);
  if (binding.length > 0 && type !== 'bind')
    throw fail(`volume bind/rbind option is only supported for bind mount: [${binding.join(' ')}]`);
  if (binding.length > 1) throw fail(`duplicated bind/rbind option: [${binding.join(' ')}]`);
  if (writing.length > 1) throw fail(`duplicated read/write volume option: [${writing.join(' ')}]`);
  if (propagation.length > 1) throw fail(`duplicated volume propagation option: [${propagation.join(' ')}]`);
  if (propagation.length > 0 && type !== 'bind')
    throw fail(`volume propagation option is only supported for bind mount: [${propagation.join(' ')}]`);
  if (writing[0] === 'rro' && propagation[0] !== 'rprivate')
    log('warning', 'Mount option "rro" should be used in conjunction with "rprivate"');
  const write = writing[0] === 'rro' ? ['ro', 'rro'] : writing[0] === 'ro' ? ['ro'] : [];
  return [...binding, ...write, ...(type === 'bind' ? [propagation[0] ?? 'rprivate'] : [])];
}

/** `--tmpfs`. @throws Failure */
export function processTmpfs(text: string): Processed {
  const at = text.indexOf(':');
  const destination = at < 0 ? text : text.slice(0, at);
  const options = tmpfsOptions(at < 0 ? undefined : text.slice(at + 1));
  return {
    type: 'tmpfs',
    name: '',
    anonymousVolume: '',
    mode: options.join(','),
    mount: { type: 'tmpfs', source: 'tmpfs', destination, options },
  };
}

interface MountFields {
  type: 'bind' | 'volume' | 'tmpfs';
  source: string;
  target: string;
  writing: string;
  propagation: string;
  isFlat: boolean;
  sizeBytes: number;
  mode: number;
}

/** `--mount`, which is made into one of the others. @throws Failure */
export function processMount(text: string, volumes: Volumes): Processed {
  const fields: MountFields = {
    type: 'volume',
    source: '',
    target: '',
    writing: '',
    propagation: '',
    isFlat: false,
    sizeBytes: 0,
    mode: 0o1777,
  };
  for (const field of text.split(',')) readField(fields, field);
  const { type, source, target, writing } = fields;
  const write = writing === '' ? [] : [writing === 'readonly' ? 'ro' : writing];
  if (type === 'tmpfs') {
    const size = fields.sizeBytes > 0 ? [tmpfsSize(fields.sizeBytes)] : [];
    const mode = fields.mode === 0 ? [] : [`mode=${fields.mode.toString(8)}`];
    return processTmpfs([target, [...write, ...mode, ...size].join(',')].filter(Boolean).join(':'));
  }
  const propagation = fields.propagation === '' ? [] : [fields.propagation];
  const options = [...write, ...propagation, ...(type === 'bind' && fields.isFlat ? ['bind'] : [])];
  return processVolume(
    [source, target, ...(options.length > 0 ? [options.join(',')] : [])].join(':'),
    volumes,
    false,
  );
}

function readField(fields: MountFields, field: string): void {
  const at = field.indexOf('=');
  const key = (at < 0 ? field : field.slice(0, at)).toLowerCase();
  if (at < 0) {
    if (['readonly', 'ro', 'rw', 'rro'].includes(key)) fields.writing = key;
    else if (key === 'bind-nonrecursive') fields.isFlat = true;
    else throw new Failure(`invalid field '${field}' must be a key=value pair`);
    return;
  }
  readValue(fields, key, field.slice(at + 1));
}

function readValue(fields: MountFields, key: string, value: string): void {
  const wrong = (): Failure => new Failure(`invalid value for ${key}: ${value}`);
  const yes = (): boolean => {
    if (!/^(1|t|true|0|f|false)$/i.test(value)) throw wrong();
    return /^[1t]/i.test(value);
  };
  if (key === 'type') {
    if (value !== 'tmpfs' && value !== 'bind' && value !== 'volume')
      throw new Failure(`invalid mount type '${value}' must be a volume/bind/tmpfs`);
    fields.type = value;
  } else if (key === 'source' || key === 'src') fields.source = value;
  else if (['target', 'dst', 'destination'].includes(key)) fields.target = value;
  else if (['readonly', 'ro', 'rw', 'rro'].includes(key)) fields.writing = yes() ? key : fields.writing;
  else if (key === 'bind-propagation') fields.propagation = value;
  else if (key === 'bind-nonrecursive') fields.isFlat = yes();
  else if (key === 'tmpfs-size') fields.sizeBytes = ramOr(value, () => wrong().message);
  else if (key === 'tmpfs-mode') {
    if (!/^[0-7]+$/.test(value)) throw wrong();
    fields.mode = Number.parseInt(value, 8);
  } else throw new Failure(`unexpected key '${key}' in '${key}=${value}'`);
}

function tmpfsSize(bytes: number): string {
  const [suffix, unit] = (
    [
      ['g', 2 ** 30],
      ['m', 2 ** 20],
      ['k', 2 ** 10],
    ] as const
  ).find(([, divisor]) => bytes % divisor === 0) ?? ['', 1];
  return `size=${bytes / unit}${suffix}`;
}
