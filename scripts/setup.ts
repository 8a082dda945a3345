import { pathToFileURL } from 'node:url';
import { reasonOf } from '../src/errors.ts';
import { run } from '../src/host/run.ts';
import { say } from './setup/command.ts';
import { ensureDocker } from './setup/docker.ts';
import { readHostFacts } from './setup/host-facts.ts';
import { ensurePackages, TEST_PACKAGES } from './setup/packages.ts';
import { ensureTestUser, TEST_USER } from './setup/test-user.ts';

/**
 * Makes this host ready for the whole test suite: packages, Docker with all its runtimes, an ordinary user. Each part looks
 * first and does only what is missing, so a second run does nothing. `npx tsx scripts/setup.ts [--yes]`
 */
export async function setUp(): Promise<void> {
  await ensurePackages();
  const facts = readHostFacts();
  if (!facts.isRoot) return say('not root: Docker and the test user are taken as they are');
  await ensureDocker(facts);
  await ensureTestUser(facts);
}

const PLAN = `The tests run on real engines. This changes this host, where it is not done yet:
  - installs with apt: ${Object.keys(TEST_PACKAGES).join(' ')}
  - adds the runtimes crun, runsc, and two that are broken on purpose (kata, broken) to /etc/docker/daemon.json
  - starts dockerd; adds the user ${TEST_USER}`;

/** On a machine of its own (CI) there is nobody to ask; a person is asked once, by having to say --yes. */
export function mayChangeHost(args: readonly string[]): boolean {
  return process.env['CI'] === 'true' || args.includes('--yes');
}

async function isReady(): Promise<boolean> {
  const user = await run('id', ['-u', TEST_USER]);
  const docker = await run('docker', ['info', '--format', '{{json .Runtimes}}'], { timeoutMs: 5_000 });
  return (
    user.exitCode === 0 && ['crun', 'runsc', 'broken'].every((name) => docker.stdout.includes(`"${name}"`))
  );
}

/** Sets the host up where it is not ready. @throws Error when it would have to, and nobody allowed it */
export async function ensureSetUp(args: readonly string[]): Promise<void> {
  if (args.includes('--no-setup')) return;
  if (!mayChangeHost(args)) {
    if (await isReady()) return;
    throw new Error(`${PLAN}\nSay --yes to allow it, --no-setup to go on with what there is.`);
  }
  await setUp();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await ensureSetUp(process.argv.slice(2));
    say('ready');
  } catch (error) {
    console.error(reasonOf(error));
    process.exitCode = 1;
  }
}
