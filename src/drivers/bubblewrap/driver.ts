import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { BottleError, REPORT_IT } from '../../errors.ts';
import { assetPath } from '../../host/paths.ts';
import { agentOwner } from '../../host/user.ts';
import type { BottleSpec, Driver, ExecRequest, ImageSpec, Session, SessionIo } from '../driver.ts';
import { attachToAgent, runBeside, stopAgent, removeProcesses } from '../sandbox/life.ts';
import { agentCode, agentRuns } from '../sandbox/state.ts';
import { readHostFacts } from '../sandbox/facts.ts';
import { prepareBottle } from './prepare.ts';
import { checkBubblewrap } from './check-rung.ts';
import { BUBBLEWRAP } from './rung.ts';
import { readShownFolders } from './shown.ts';
import { planSteps } from './steps.ts';

/** Makes bottles with bubblewrap: no daemon, no image, no root. */
export const bubblewrapDriver: Driver = {
  rungs: [BUBBLEWRAP],
  fileOwner: () => agentOwner(),
  hostNames: () => undefined,
  check: async (_rung, look) => await checkBubblewrap(look),
  greet: () => undefined,
  plan: (spec) => {
    const facts = readHostFacts();
    const { overlaid } = readShownFolders(spec, facts);
    return planSteps(spec, { facts, assetPath, sockets: [], overlaid });
  },
  prepareImage: async (_rung, image) => onlyDefault(image),
  findImage: async (_rung, image) => ({ digest: onlyDefault(image) }),
  prepare: prepareBottle,
  exec,
  attach: attachToAgent,
  isRunning: async (spec) => (await agentRuns(spec.runDir)) !== undefined,
  firstPid: async (spec) => (await agentRuns(spec.runDir))?.pid,
  exitCodeOf: async (spec) => await agentCode(spec.runDir),
  stop: stopAgent,
  bringOut: async () => undefined,
  remove: removeProcesses,
};

function onlyDefault(image: ImageSpec): string {
  if (image.kind === 'default') return hostImageName();
  throw new BottleError(
    'rungUnavailable',
    "bubblewrap makes bottles from the host's own programs, not from an image",
    {
      fix: 'leave out `image:`, or use another runtime',
    },
  );
}

async function exec(spec: BottleSpec, request: ExecRequest, io: SessionIo): Promise<Session> {
  if (request.asRoot === true)
    throw new BottleError('usage', 'there is no root in a bottle of bubblewrap', { fix: REPORT_IT });
  return await runBeside(spec, { kind: 'exec', ...request }, io);
}

/**
 * The package databases of Debian, Fedora, Arch, Alpine: each changes with every package that is installed, updated or
 * removed.
 */
const PACKAGE_DATABASES = [
  '/var/lib/dpkg/status',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/var/lib/rpm/rpmdb.sqlite',
  '/var/lib/pacman/local',
  '/lib/apk/db/installed',
];

/**
 * A name for the state of /usr: changes with every package, and with the distribution's release. It is no digest of
 * /usr itself, which would take minutes, and does not cover files that no package owns.
 */
function hostImageName(): string {
  const hash = createHash('sha256');
  if (existsSync('/etc/os-release')) hash.update(readFileSync('/etc/os-release'));
  for (const path of [...PACKAGE_DATABASES, '/usr', '/usr/bin', '/usr/local/bin']) {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (found !== undefined) hash.update(`${path}\0${found.ino}\0${found.size}\0${found.mtimeNs}\0`);
  }
  return `host-usr:sha256:${hash.digest('hex')}`;
}
