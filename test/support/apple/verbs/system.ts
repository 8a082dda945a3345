import { readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { isAtLeast, type Settings } from '../settings.ts';
import { allContainers } from '../store/containers.ts';
import { say, type Call } from './context.ts';
import { endContainer } from './end.ts';
import { signalNumber } from './signals.ts';

/** `system start`, `stop`, `status` and `version`. */

const COMMIT = '0000000000000000000000000000000000000000';
const lineOf = (app: string, { version }: Settings): string =>
  `${app} version ${version} (build: release, commit: 0000000)`;

/** What `container --version` says. */
export const versionLine = (settings: Settings): string => lineOf('container CLI', settings);

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
export function status({ flags, settings, place }: Call): number {
  const state = STATES[settings.service];
  const isUp = state === 'running';
  const paths = { appRoot: `${place.stateDir}/`, installRoot: `${place.dir}/` };
  const server = {
    version: lineOf('container-apiserver', settings),
    commit: COMMIT,
    build: 'release',
    appName: 'container-apiserver',
  };
  if (flags.value('--format') === 'json')
    say(JSON.stringify(statusShape(settings, { state, isUp, paths, server })));
  else if (isUp)
    for (const row of [
      'FIELD VALUE',
      'status running',
      `app-root ${paths.appRoot}`,
      `install-root ${paths.installRoot}`,
    ])
      say(row.replace(' ', '  '));
  else
    say(
      state === 'unregistered'
        ? 'apiserver is not running and not registered with launchd'
        : 'apiserver is not running',
    );
  return isUp ? 0 : 1;
}

interface Status {
  readonly state: string;
  readonly isUp: boolean;
  readonly paths: Readonly<Record<'appRoot' | 'installRoot', string>>;
  readonly server: Readonly<Record<'version' | 'commit' | 'build' | 'appName', string>>;
}

/** Flat to 1.2; from 1.3 nested, and with nothing but the state where it does not run. */
function statusShape({ version }: Settings, { state, isUp, paths, server }: Status): object {
  if (isAtLeast(version, '1.3.0')) return isUp ? { status: state, paths, server } : { status: state };
  const none = { version: '', commit: '', build: '', appName: '' };
  const said = isUp ? server : none;
  return {
    status: state,
    ...(isUp ? paths : { appRoot: '', installRoot: '' }),
    apiServerVersion: said.version,
    apiServerCommit: said.commit,
    apiServerBuild: said.build,
    apiServerAppName: said.appName,
  };
}

/** The program first, the service second where it runs. */
export function systemVersion({ flags, settings }: Call): number {
  const rows = [
    { appName: 'container', version: settings.version, buildType: 'release', commit: COMMIT },
    ...(settings.service === 'running'
      ? [
          {
            appName: 'container-apiserver',
            version: lineOf('container-apiserver', settings),
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
