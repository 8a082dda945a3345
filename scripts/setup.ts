import { pathToFileURL } from 'node:url';
import { reasonOf } from '../src/errors.ts';
import { run } from '../src/host/run.ts';
import { isRoot } from '../src/host/user.ts';
import { confirm } from '../src/ui/ask.ts';
import { consentIn } from './setup/consent.ts';
import { say } from './setup/command.ts';
import { ensureDocker } from './setup/docker.ts';
import { readHostFacts } from './setup/host-facts.ts';
import { ensurePackages, missingPackages, packagesOf, type Tier } from './setup/packages.ts';
import { ensureTestUser, TEST_USER } from './setup/test-user.ts';

/**
 * Prepares this host for the tests of a tier: packages, Docker with all its runtimes, an ordinary user. Each part
 * checks first and does only what is missing, so a second run does nothing. `npx tsx scripts/setup.ts [--yes] [--full]`
 */
async function setUp(tier: Tier): Promise<void> {
  await ensurePackages(tier);
  const facts = readHostFacts();
  if (!facts.isRoot) return say('not root: Docker and the test user are taken as they are');
  await ensureDocker(facts);
  await ensureTestUser(facts);
}

const plan = (
  tier: Tier,
): string => `The tests run on real engines. This changes this host, where it is not done yet:
  - ${isRoot() ? 'installs with apt' : 'installs with sudo apt-get'}: ${packagesOf(tier).join(' ')}
${isRoot() ? ROOTS_PART : `Only root can set up the rest, Docker's runtimes and the user ${TEST_USER}: sudo npm test`}`;

const ROOTS_PART = `  - adds the runtimes crun, runsc, and two that are broken on purpose (kata, broken-runsc) to /etc/docker/daemon.json
  - starts dockerd; adds the user ${TEST_USER}`;

async function isReady(tier: Tier): Promise<boolean> {
  const user = await run('id', ['-u', TEST_USER]);
  const docker = await run('docker', ['info', '--format', '{{json .Runtimes}}'], { timeoutMs: 5_000 });
  const missing = (await missingPackages(tier)) ?? [];
  return (
    missing.length === 0 &&
    user.exitCode === 0 &&
    ['crun', 'runsc', 'broken-runsc'].every((name) => docker.stdout.includes(`"${name}"`))
  );
}

/**
 * Sets up the host if it is not ready, and first prints what it will change.
 * @throws Error if the host needs a set-up that nobody allowed
 */
export async function ensureSetUp(args: readonly string[]): Promise<void> {
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  const tier = args.includes('--full') ? 'full' : 'everyday';
  const ready = await isReady(tier);
  const isCi = process.env['CI'] === 'true';
  const consent = consentIn({ isReady: ready, isRoot: isRoot(), isTerminal, isCi, args });
  if (consent === 'nothing to do') return;
  if (!ready) console.log(plan(tier));
  if (consent === 'not given' || (consent === 'ask' && !(await confirm('Do that now?', '--yes')))) {
    throw new Error(
      'Nothing was changed. To allow it: npm test -- --yes\nTo go on with what there is: npm test -- --no-setup',
    );
  }
  await setUp(tier);
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
