import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { CREATE_NOT_IMITATED } from '../cli/create-flags.ts';
import { atLeast } from '../cli/flags.ts';
import { holding, SNAPSHOTTER, SPEC_TYPE, type Any } from '../containerd/client.ts';
import type { Connection } from '../containerd/grpc.ts';
import { Failure, log, notImitated } from '../failure.ts';
import { applyCgroup } from '../spec/cgroup.ts';
import { applyPlatform, defaultSpec } from '../spec/default.ts';
import { applyProgram, lookPath } from '../spec/image-config.ts';
import { PREFIX } from '../spec/labels.ts';
import { applyMounts } from '../spec/mounts.ts';
import { applyNetworkFiles } from '../spec/network-files.ts';
import { applyIpc, applyOomScore, applySysctls, applyUlimits, applyUmask } from '../spec/rest.ts';
import { applyCapabilities, applySecurity } from '../spec/security.ts';
import { addGroups, applyUser } from '../spec/user.ts';
import { deduped, keyValues, mergedEnv } from '../spec/values.ts';
import { chainId, findImage, readImage, type FoundImage } from '../store/images.ts';
import { acquireName, releaseName } from '../store/names.ts';
import { familiarName, parseReference } from '../store/references.ts';
import { connected, hostsPathOf, say, stateDirOf, volumesOf, type Call } from './context.ts';
import { internalLabels, type Made } from './create-labels.ts';
import { pullFailure } from './pull.ts';

/** `nerdctl create` (pkg/cmd/container/create.go: Create). */

const SHORT_ID = 12;

/** Makes a container, and prints its id. */
export async function create(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  const [reference = '', ...after] = flags.rest;
  refuseWhatIsNotImitated(call);
  const id = randomBytes(32).toString('hex');
  await connected(call, async (connection) => {
    const networks = networksOf(call);
    const stateDir = stateDirOf(call, id);
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    try {
      const args = after[0] === '--' ? after.slice(1) : after;
      const image = await ensureImage(call, connection, reference);
      await holding(
        connection,
        async (held) => await make(call, held, { id, networks, image, args, stateDir }),
      );
    } catch (error) {
      rmSync(stateDir, { recursive: true, force: true });
      rmSync(dirname(hostsPathOf(call, id)), { recursive: true, force: true });
      throw error;
    }
  });
  say(id);
  return 0;
}

function refuseWhatIsNotImitated({ flags }: Call): void {
  const found = CREATE_NOT_IMITATED.find((name) => flags.changed(name));
  if (found !== undefined) throw notImitated(`--${found}`);
}

/** `--network` and `--net`, together; only none is imitated. @throws Failure */
function networksOf({ flags }: Call): readonly string[] {
  const networks = deduped([...flags.list('network'), ...flags.list('net')]);
  if (networks.length === 1 && networks[0] === 'none') return networks;
  throw notImitated(`--network ${networks.join(',') || 'bridge'}`);
}

/** The image; what would be pulled cannot be. @throws Failure */
async function ensureImage({ flags }: Call, connection: Connection, reference: string): Promise<FoundImage> {
  const pull = flags.text('pull');
  if (!['always', 'missing', 'never'].includes(pull)) throw new Failure(`unexpected pull mode: "${pull}"`);
  const record = pull === 'always' ? undefined : await findImage(connection, reference);
  if (record !== undefined) return await readImage(connection, record);
  if (pull === 'never') throw new Failure(`image not available: "${reference}"`);
  throw pullFailure(parseReference(reference));
}

interface Order {
  readonly id: string;
  readonly networks: readonly string[];
  readonly image: FoundImage;
  readonly args: readonly string[];
  readonly stateDir: string;
}

async function make(call: Call, connection: Connection, order: Order): Promise<void> {
  const { flags, place, namespace } = call;
  const { id, image } = order;
  const parent = chainId(image.file.rootfs.diff_ids);
  const { mounts: view = [] } = (await connection.call('viewSnapshot', {
    snapshotter: SNAPSHOTTER,
    key: `${id}-view`,
    parent,
  })) as { readonly mounts?: readonly object[] };
  let made: Made;
  try {
    made = specOf(call, order, view);
  } finally {
    await connection.call('removeSnapshot', { snapshotter: SNAPSHOTTER, key: `${id}-view` });
  }
  const labels = { ...image.file.config?.Labels, ...ownLabels(call) };
  const name = flags.changed('name') ? flags.text('name') : suggestedName(image, id);
  if (name !== '') acquireName(place, namespace, { name, id });
  try {
    const internal = internalLabels(call, { ...made, name });
    const { spec } = made;
    spec.annotations = { ...spec.annotations, ...internal, ...keyValues(flags.list('annotation')) };
    await connection.call('prepareSnapshot', { snapshotter: SNAPSHOTTER, key: id, parent });
    await connection.call('createContainer', {
      container: {
        id,
        labels: { ...labels, ...internal },
        image: image.record.name,
        runtime: runtimeOf(call),
        spec: { typeUrl: SPEC_TYPE, value: Buffer.from(JSON.stringify(spec)) },
        snapshotter: SNAPSHOTTER,
        snapshotKey: id,
      },
    });
  } catch (error) {
    releaseName(place, namespace, { name, id });
    throw error;
  }
}

/** All of the configuration, in nerdctl's order. */
function specOf(call: Call, { id, networks, image, args, stateDir }: Order, view: readonly object[]): Made {
  const { flags, place, env } = call;
  const searchPath = env['PATH'] ?? '';
  const spec = defaultSpec(place, searchPath);
  spec.linux.cgroupsPath = `/${call.namespace}/${id}`;
  applyPlatform(spec);
  applyCgroup(spec, flags, existsSync('/sys/fs/cgroup/cgroup.controllers'));
  applyCapabilities(spec, flags);
  applySecurity(spec, flags, { socketPath: call.socketPath, dir: place.dir, env });
  applyUlimits(spec, flags);
  applySysctls(spec, flags);
  const ipc = applyIpc(spec, flags);
  applyOomScore(spec, flags);
  const config = image.file.config ?? {};
  applyProgram(spec, { flags, image: config, args, root: view, searchPath });
  if (flags.text('workdir') !== '') spec.process.cwd = flags.text('workdir');
  const given = envOf(call);
  if (flags.is('tty')) spec.process.terminal = true;
  const mounts = applyMounts(spec, { flags, image: config, volumes: volumesOf(call), view });
  const hostname = flags.text('hostname') || id.slice(0, SHORT_ID);
  applyNetworkFiles(spec, { hostname, stateDir, hostsPath: hostsPathOf(call, id) });
  spec.process.env = mergedEnv(spec.process.env ?? [], [...given, `HOSTNAME=${hostname}`]);
  applyUser(spec.process, flags.text('user'), view);
  if (flags.list('group-add').length > 0) addGroups(spec.process, flags.list('group-add'), view);
  applyUmask(spec, flags);
  return { id, spec, mounts, ipc, networks, stateDir, hostname, imageStopSignal: config.StopSignal };
}

/** `--env` and `--env-file`; a name alone is of this program's own environment. @throws Failure */
function envOf({ flags, env }: Call): readonly string[] {
  const fromFiles = flags.list('env-file').flatMap((path) => {
    if (!existsSync(path))
      throw new Failure(`failed to open env file ${path}: open ${path}: no such file or directory`);
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'));
  });
  return [...fromFiles, ...deduped(flags.list('env'))].flatMap((text) => {
    if (text.includes('=')) return [text];
    const own = env[text];
    return own === undefined ? [] : [`${text}=${own}`];
  });
}

function ownLabels({ flags }: Call): Record<string, string> {
  const files = flags
    .list('label-file')
    .flatMap((path) => readFileSync(path, 'utf8').split('\n').filter(Boolean));
  const labels = keyValues([...files, ...deduped(flags.list('label'))]);
  const internal = Object.keys(labels).find((name) => name.startsWith(PREFIX));
  if (internal !== undefined)
    throw new Failure(`internal label "${internal}" must not be specified manually`);
  return labels;
}

/** `<last part of the image's name>-<5 letters of the id>` (pkg/referenceutil: SuggestContainerName). */
function suggestedName({ record }: FoundImage, id: string): string {
  const name = familiarName(parseReference(record.name)).split('/').at(-1) ?? 'untitled';
  return `${name.replaceAll(/[^\w.-]/g, '')}-${id.slice(0, 5)}`;
}

/** pkg/cmd/container/run_runtime.go */
function runtimeOf({ flags, env }: Call): { readonly name: string; readonly options?: Any } {
  const given = flags.text('runtime');
  const runc = 'io.containerd.runc.v2';
  const typeUrl = 'containerd.runc.v1.Options';
  if (given.startsWith('io.containerd.')) {
    if (given.startsWith('io.containerd.runc.')) return { name: given, options: { typeUrl } };
    return { name: given };
  }
  if (given === '') return { name: runc, options: { typeUrl } };
  const path = lookPath(given, env['PATH'] ?? '');
  if (path === undefined) return { name: given, options: { typeUrl } };
  return { name: runc, options: { typeUrl, value: runcOptions(path) } };
}

/** containerd.runc.v1.Options with its binary_name, field 5 (api/types/runc/options/oci.proto). */
function runcOptions(path: string): Buffer {
  if (path.length > 0x7f) log('warning', 'a path of more than 127 letters: not imitated by this stand-in');
  return Buffer.concat([Buffer.from([(5 << 3) | 2, path.length]), Buffer.from(path)]);
}
