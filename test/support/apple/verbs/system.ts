import { cpus } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { isAtLeast, type Place, type Settings } from '../settings.ts';
import { allImages } from '../store/images.ts';
import { encoded } from './shapes.ts';
import { allContainers } from '../store/containers.ts';
import { say, type Call } from './context.ts';
import { endContainer } from './end.ts';
import { signalNumber } from './signals.ts';

/** `system start`, `stop`, `status` and `version`. */

const COMMIT = '0000000000000000000000000000000000000000';
const lineOf = (app: string, version: string): string =>
  `${app} version ${version} (build: release, commit: 0000000)`;

/** What `container --version` says. */
export const versionLine = (settings: Settings): string => lineOf('container CLI', settings.version);

function change({ place }: Call, what: Partial<Settings>): void {
  const now = JSON.parse(readFileSync(place.settingsPath, 'utf8')) as Partial<Settings>;
  writeFileSync(place.settingsPath, JSON.stringify({ ...now, ...what }));
}

/** Asks about the kernel, unless it is told, or has one. */
export function startSystem(call: Call): number {
  const { flags, settings } = call;
  change(call, { service: 'running' });
  if (flags.has('--disable-kernel-install') || settings.hasKernel) return 0;
  if (!flags.has('--enable-kernel-install') && !process.stdin.isTTY) {
    say(
      'No default kernel configured.\nInstall the recommended default kernel from [a release of Kata Containers]? [Y/n]: ',
    );
    throw new Failure('invalidArgument', 'failed to read user input'); // it waits for an answer that never comes
  }
  change(call, { hasKernel: true });
  return 0;
}

export async function stopSystem(call: Call): Promise<number> {
  await Promise.all(
    allContainers(call.place).map(
      async (container) => await endContainer(container, signalNumber('SIGTERM'), 5_000),
    ),
  );
  change(call, { service: 'unregistered' });
  return 0;
}

const STATES = { running: 'running', stopped: 'not running', unregistered: 'unregistered' } as const;

/** Its exit code is 1 unless the service runs. */
export function status(call: Call): number {
  const { flags, settings } = call;
  const state = STATES[settings.service];
  if (flags.value('--format') === 'json') say(encoded(statusShape(call, state), settings.version));
  else if (state === 'running') for (const row of statusRows(call)) say(row);
  else if (state === 'unregistered') say('apiserver is not running and not registered with launchd');
  else say('apiserver is not running');
  return state === 'running' ? 0 : 1;
}

const serverOf = ({ version, serverVersion }: Settings): string => serverVersion ?? version;
const pathsOf = ({ dir, stateDir }: Place) => ({ appRoot: `${stateDir}/`, installRoot: `${dir}/` });
const SERVER = 'container-apiserver';

/** Grouped from 1.4, with nothing but the state where it does not run; flat before. A service of before 1.4 gives a whole line. */
function statusShape({ settings, place }: Call, state: string): object {
  const { version } = settings;
  const isUp = state === 'running';
  const whole = lineOf(SERVER, serverOf(settings));
  const build = { build: 'release', commit: COMMIT };
  if (isAtLeast(version, '1.4.0')) {
    if (!isUp) return { status: state };
    const containers = allContainers(place);
    return {
      status: state,
      client: { appName: 'container', ...build, version },
      server: {
        appName: SERVER,
        ...build,
        version: isAtLeast(serverOf(settings), '1.4.0') ? serverOf(settings) : whole,
      },
      host: {
        architecture: 'arm64',
        cpus: cpus().length,
        operatingSystem: `Version ${settings.macosVersion} (Build 25F00)`,
      },
      paths: pathsOf(place),
      resources: {
        containersRunning: containers.filter(({ running }) => running !== undefined).length,
        containersTotal: containers.length,
        images: allImages(place).length,
      },
    };
  }
  const none = {
    appRoot: '',
    installRoot: '',
    apiServerVersion: '',
    apiServerCommit: '',
    apiServerBuild: '',
    apiServerAppName: '',
  };
  const said = {
    ...pathsOf(place),
    apiServerVersion: whole,
    apiServerCommit: COMMIT,
    apiServerBuild: 'release',
    apiServerAppName: SERVER,
  };
  return { status: state, ...(isUp ? said : none) };
}

function statusRows({ settings, place }: Call): readonly string[] {
  const { appRoot, installRoot } = pathsOf(place);
  const rows = isAtLeast(settings.version, '1.4.0')
    ? { 'client.version': settings.version, 'server.version': serverOf(settings), 'paths.appRoot': appRoot }
    : { appRoot, installRoot, 'apiserver.version': lineOf(SERVER, serverOf(settings)) };
  return Object.entries({ FIELD: 'VALUE', status: 'running', ...rows }).map(
    ([name, value]) => `${name.padEnd(18)}  ${value}`,
  );
}

/** The program first, the service second where it runs. */
export function systemVersion({ flags, settings }: Call): number {
  const rows = [
    { appName: 'container', version: settings.version, buildType: 'release', commit: COMMIT },
    ...(settings.service === 'running'
      ? [
          {
            appName: 'container-apiserver',
            version: lineOf(SERVER, serverOf(settings)),
            buildType: 'release',
            commit: COMMIT,
          },
        ]
      : []),
  ];
  if (flags.value('--format') === 'json') say(JSON.stringify(rows));
  else for (const row of rows) say(Object.values(row).join('  '));
  return 0;
}
