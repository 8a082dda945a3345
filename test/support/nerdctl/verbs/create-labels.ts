import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import type { Processed } from '../spec/mount-flags.ts';
import { Failure, notImitated } from '../failure.ts';
import { LABELS, RESTART_LABELS, STOP_SIGNAL_LABEL } from '../spec/labels.ts';
import type { Spec } from '../spec/types.ts';
import { keyValues } from '../spec/values.ts';
import { ownArchitecture } from '../store/images.ts';
import type { Call } from './context.ts';

/** What nerdctl notes of a container in its labels (pkg/cmd/container/create.go: withInternalLabels). */

export interface Made {
  readonly id: string;
  readonly spec: Spec;
  readonly mounts: readonly Processed[];
  readonly ipc: string;
  readonly networks: readonly string[];
  readonly stateDir: string;
  readonly imageStopSignal: string | undefined;
  readonly hostname: string;
}

const LOG_DRIVERS = ['json-file', 'journald', 'fluentd', 'syslog', 'none'];

/** The labels; the log's configuration and the files of ids are written too. @throws Failure */
export function internalLabels(call: Call, made: Made & { readonly name: string }): Record<string, string> {
  const { flags, namespace } = call;
  const { name, mounts } = made;
  const anonymous = mounts.map(({ anonymousVolume }) => anonymousVolume).filter(Boolean);
  const logConfig = logConfigOf(call, made.stateDir);
  writeIdFile(flags.text('cidfile'), made.id);
  const cidFile = flags.text('cidfile');
  return {
    ...restartLabels(flags.text('restart'), `file://${made.stateDir}/${made.id}-json.log`),
    [STOP_SIGNAL_LABEL]: stopSignal(call, made),
    ...(flags.number('stop-timeout') === 0 ? {} : { [LABELS.stopTimeout]: flags.text('stop-timeout') }),
    [LABELS.namespace]: namespace,
    ...(name === '' ? {} : { [LABELS.name]: name }),
    [LABELS.hostname]: made.hostname,
    [LABELS.extraHosts]: 'null',
    [LABELS.stateDir]: made.stateDir,
    [LABELS.networks]: JSON.stringify(made.networks),
    [LABELS.logUri]: logConfig.uri,
    [LABELS.logConfig]: logConfig.text,
    ...(anonymous.length > 0 ? { [LABELS.anonymousVolumes]: JSON.stringify(anonymous) } : {}),
    ...(flags.text('pidfile') === '' ? {} : { [LABELS.pidFile]: flags.text('pidfile') }),
    [LABELS.platform]: `linux/${ownArchitecture()}`,
    ...(mounts.length > 0 ? { [LABELS.mounts]: JSON.stringify(mounts.map(mountLabel)) } : {}),
    [LABELS.ipc]: made.ipc,
    [LABELS.autoRemove]: String(flags.is('rm')),
    [LABELS.hostConfig]: JSON.stringify({ BlkioWeight: 0, CidFile: cidFile, Devices: null }),
    [LABELS.dns]: JSON.stringify({ DNSServers: null, DNSResolvConfOptions: null, DNSSearchDomains: null }),
  };
}

/** The image's own is asked for first only where nothing else than the default was said (containerd.GetOCIStopSignal). */
const stopSignal = ({ flags }: Call, { imageStopSignal }: Made): string =>
  imageStopSignal ?? flags.text('stop-signal');

function mountLabel({ type, name, anonymousVolume, mode, mount }: Processed): object {
  const options = mode.split(',');
  return {
    Type: type,
    ...(anonymousVolume !== '' || name !== '' ? { Name: anonymousVolume || name } : {}),
    Source: mount.source,
    Destination: mount.destination,
    ...(type === 'volume' ? { Driver: 'local' } : {}),
    Mode: mode,
    RW: !options.some((option) => option === 'ro' || option === 'rro'),
    Propagation: options.findLast((option) => /^r?(private|shared|slave)$/.test(option)) ?? '',
  };
}

function restartLabels(policy: string, logUri: string): Record<string, string> {
  if (policy === '' || policy === 'no') return {};
  if (!/^(always|unless-stopped|on-failure(:\d+)?)$/.test(policy))
    throw new Failure(
      `unsupported restart policy "${policy.split(':')[0]}", supported policies are: ["always" "on-failure" "unless-stopped"]`,
    );
  return {
    [RESTART_LABELS.policy]: policy,
    [RESTART_LABELS.status]: 'created',
    // Where containerd itself starts it again, the shim writes the file.
    [RESTART_LABELS.logUri]: logUri,
  };
}

function logConfigOf({ flags, place, programPath, socketPath }: Call, stateDir: string) {
  const driver = flags.text('log-driver');
  if (/^[a-z]+:/.test(driver)) throw notImitated(`--log-driver ${driver}`);
  if (!LOG_DRIVERS.includes(driver)) throw new Failure(`unknown logging driver "${driver}": not found`);
  if (driver !== 'json-file' && driver !== 'none') throw notImitated(`--log-driver ${driver}`);
  const opts = keyValues(flags.list('log-opt'));
  const text = JSON.stringify({ driver, opts, address: socketPath });
  writeFileSync(`${stateDir}/log-config.json`, text, { mode: 0o600 });
  const query = new URLSearchParams({ _NERDCTL_INTERNAL_LOGGING: place.dataDir });
  return { uri: `binary://${programPath}?${query.toString()}`, text };
}

function writeIdFile(path: string, id: string): void {
  if (path === '') return;
  if (existsSync(path))
    throw new Failure(
      `container ID file found, make sure the other container isn't running or delete ${path}`,
    );
  appendFileSync(path, id);
}
