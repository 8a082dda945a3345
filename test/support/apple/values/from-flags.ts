import type { Parsed } from '../cli/parse.ts';
import { Failure } from '../failure.ts';
import type { Place, Settings } from '../settings.ts';
import type { Configuration, Dns, ProcessConfiguration, User } from '../store/configuration.ts';
import type { Image } from '../store/images.ts';
import { allNetworks } from '../store/networks.ts';
import { mountOf, publishedSocketOf, tmpfsOf, volumeOf } from './mounts.ts';
import { attachmentsOf } from './networks.ts';
import {
  bytesOf,
  capabilitiesOf,
  environmentOf,
  labelsOf,
  lastOfEach,
  rlimitsOf,
  userOf,
  wholeMib,
} from './values.ts';

/** What a container is to be, from the flags of `run` and `create`: apple/container Utility.containerConfigFromFlags (1.2.2). */

const DEFAULT_CPUS = 4;
const DEFAULT_MEMORY_BYTES = 2 ** 30;

export interface Order {
  readonly id: string;
  readonly flags: Parsed;
  readonly image: Image;
  readonly place: Place;
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
}

/** The whole of it. @throws Failure for each value that the real one refuses */
export function configurationOf(order: Order): Configuration {
  const { id, flags, image, place, settings } = order;
  const initProcess = processOf(order);
  const cpus = Number(flags.value('--cpus') ?? DEFAULT_CPUS);
  const memory = flags.value('--memory');
  const mounts = [...new Set(flags.values('--tmpfs'))].map(tmpfsOf);
  mounts.push(
    ...flags.values('--volume').map(volumeOf),
    ...[...new Set(flags.values('--mount'))].map(mountOf),
  );
  const shmSize = flags.value('--shm-size');
  const networks = attachmentsOf({
    id,
    texts: flags.values('--network'),
    settings,
    networks: allNetworks(place),
  });
  if (flags.has('--publish'))
    throw new Failure('unsupported', 'published ports are not imitated by this stand-in');
  return {
    id,
    image: { reference: image.reference, descriptor: image.descriptor },
    mounts,
    publishedPorts: [],
    publishedSockets: flags.values('--publish-socket').map(publishedSocketOf),
    labels: labelsOf(flags.values('--label')),
    sysctls: {},
    networks,
    ...(flags.has('--no-dns') ? {} : { dns: dnsOf(flags) }),
    rosetta: flags.has('--rosetta'),
    initProcess,
    platform: { os: 'linux', architecture: image.config.architecture },
    resources: { cpus, memoryInBytes: memory === undefined ? DEFAULT_MEMORY_BYTES : wholeMib(memory) },
    runtimeHandler: flags.value('--runtime') ?? 'container-runtime-linux',
    virtualization: flags.has('--virtualization'),
    ssh: flags.has('--ssh'),
    readOnly: flags.has('--read-only'),
    useInit: flags.has('--init'),
    capAdd: capabilitiesOf(flags.values('--cap-add')),
    capDrop: capabilitiesOf(flags.values('--cap-drop')),
    maskedPaths: flags.values('--masked-path'),
    readonlyPaths: flags.values('--read-only-path'),
    ...(shmSize === undefined ? {} : { shmSize: bytesOf(shmSize) }),
    ...(image.config.config?.StopSignal === undefined ? {} : { stopSignal: image.config.config.StopSignal }),
    creationDate: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

const dnsOf = (flags: Parsed): Dns => {
  const domain = flags.value('--dns-domain');
  return {
    nameservers: flags.values('--dns'),
    ...(domain === undefined ? {} : { domain }),
    searchDomains: flags.values('--dns-search'),
    options: flags.values('--dns-option'),
  };
};

function processOf({ flags, image, env }: Order): ProcessConfiguration {
  const own = image.config.config;
  const entrypoint = flags.value('--entrypoint');
  const isOverridden = entrypoint !== undefined && entrypoint !== '';
  const command = [
    ...(isOverridden ? [entrypoint] : (own?.Entrypoint ?? [])),
    ...(flags.rest.length > 0 || isOverridden ? flags.rest : (own?.Cmd ?? [])),
  ];
  const [executable, ...args] = command;
  if (executable === undefined)
    throw new Failure('invalidArgument', 'command/entrypoint not specified for container process');
  const otherwise: User =
    own?.User === undefined || own.User === ''
      ? { id: { uid: 0, gid: 0 } }
      : { raw: { userString: own.User } };
  const { user, groups } = userOf(
    { user: flags.value('--user'), uid: flags.value('--uid'), gid: flags.value('--gid') },
    otherwise,
  );
  return {
    executable,
    arguments: args,
    environment: lastOfEach([...(own?.Env ?? []), ...environmentOf(flags.values('--env'), env)]),
    workingDirectory: flags.value('--workdir') ?? (own?.WorkingDir || '/'),
    terminal: flags.has('--tty'),
    user,
    supplementalGroups: groups,
    rlimits: rlimitsOf(flags.values('--ulimit')),
  };
}
