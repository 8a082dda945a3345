/**
 * The names in answers of Apple's `container` that others have recorded on their Macs and published in their tests: 0.12.3 on macOS
 * 26.5, 1.0.0 of 2026-06-10, 1.2.2 of 2026-08-27 and 1.4.1 (kylemclaren/container-ui#13). Of a container that runs on one network and
 * was made without any flag but its name. `ipv6Address` is left out: not all have it, and the stand-in's networks have none.
 */
export interface Recorded {
  readonly version: string;
  readonly args: readonly string[];
  readonly names: readonly string[];
}

const CONFIGURATION =
  'capAdd capDrop dns id image initProcess labels mounts networks platform publishedPorts publishedSockets readOnly resources rosetta runtimeHandler ssh sysctls useInit virtualization';
const PROCESS = 'arguments environment executable rlimits supplementalGroups terminal user workingDirectory';
const ATTACHMENT = 'hostname ipv4Address ipv4Gateway macAddress mtu network';

const below = (place: string, names: string): readonly string[] =>
  names.split(' ').map((name) => `${place}${name}`);
const configuration = (more: string): readonly string[] => [
  ...below('configuration.', `${CONFIGURATION} ${more}`.trim()),
  ...below('configuration.dns.', 'nameservers options searchDomains'),
  ...below('configuration.image.', 'descriptor reference'),
  ...below('configuration.image.descriptor.', 'digest mediaType size'),
  ...below('configuration.initProcess.', PROCESS),
  ...below('configuration.networks.', 'network options'),
  ...below('configuration.networks.options.', 'hostname mtu'),
];
const RESOURCES = ['configuration.resources.cpus', 'configuration.resources.memoryInBytes'];

const listed = (version: string, more: string): Recorded => ({
  version,
  args: ['ls', '--all', '--format', 'json'],
  names: [
    ...below('', 'configuration id status status.networks status.startedDate status.state'),
    ...configuration('creationDate'),
    ...RESOURCES,
    'configuration.resources.cpuOverhead',
    ...below('status.networks.', `${ATTACHMENT}${more}`),
  ],
});

export const RECORDED: readonly Recorded[] = [
  {
    version: '0.12.3',
    args: ['ls', '--all', '--format', 'json'],
    names: [
      ...below('', 'configuration networks startedDate status'),
      ...configuration(''),
      ...RESOURCES,
      ...below('networks.', ATTACHMENT),
    ],
  },
  listed('1.0.0', ''),
  listed('1.2.2', ' variant'),
  {
    version: '1.1.0',
    args: ['system', 'status', '--format', 'json'],
    names:
      'apiServerAppName apiServerBuild apiServerCommit apiServerVersion appRoot installRoot status'.split(
        ' ',
      ),
  },
  {
    version: '1.4.1',
    args: ['system', 'status', '--format', 'json'],
    names: [
      ...'client host paths resources server status'.split(' '),
      ...below('client.', 'appName build commit version'),
      ...below('server.', 'appName build commit version'),
      ...below('host.', 'architecture cpus operatingSystem'),
      ...below('paths.', 'appRoot installRoot'),
      ...below('resources.', 'containersRunning containersTotal images'),
    ],
  },
  {
    version: '1.0.0',
    args: ['system', 'version', '--format', 'json'],
    names: 'appName buildType commit version'.split(' '),
  },
];

/** What is below these is a caller's own, or has one of several forms. */
const OPEN = /^configuration\.(labels|platform|sysctls|initProcess\.user)\.|^configuration\.\w+Ports\./;

/** All names in an answer, with the places they are at; lists are looked through. */
export function namesIn(value: unknown, place = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => namesIn(each, place)))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .flatMap(([name, each]) => [`${place}${name}`, ...namesIn(each, `${place}${name}.`)])
    .filter((name) => !OPEN.test(name));
}
