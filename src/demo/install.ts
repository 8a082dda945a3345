import { access } from 'node:fs/promises';
import { BottleError, reasonOf } from '../errors.ts';
import { run, runOrThrow } from '../host/run.ts';
import { isRoot } from '../host/user.ts';
import { confirm, hasTerminal } from '../ui/ask.ts';
import { allRungs, checkRungsFor } from '../bottle/rungs/rung-checks.ts';
import { describeRung, selectRung, type Choice } from '../bottle/rungs/select.ts';
import { driverOf } from '../drivers/index.ts';
import type { RungCheck, Rung } from '../drivers/driver.ts';
import type { DemoOptions } from './demo.ts';

/** Installs the smallest rung on a host that has none: one package, no daemon. */

const PACKAGES = ['bubblewrap', 'perl-base'];
const INSTALL_DEADLINE_MS = 300_000;

export interface InstallOptions {
  /** The user has already agreed. */
  readonly yes: boolean;
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Names what it installs, asks if `consentFor` says so, and installs it.
 * @returns false if this host has no apt, or this user may not run it
 * @throws BottleError `usage` if it must ask without a terminal, `dependencyMissing` if the user declines or apt fails
 */
async function installSmallestRung(options: InstallOptions): Promise<boolean> {
  const apt = await findApt();
  if (apt === undefined) return false;
  const [program, args] = apt('install', ...PACKAGES);
  const command = [program, ...args].join(' ');
  options.note(`nothing here can run a bottle yet; the smallest that can is one package:  ${command}`);
  const consent = consentFor({ yes: options.yes, isRoot: isRoot(), hasTerminal: hasTerminal() });
  if (consent === 'implied')
    options.note('installing it without a question: this is root, without a terminal');
  if (consent === 'ask' && !(await confirm('Install it now?', '--yes'))) {
    throw new BottleError('dependencyMissing', 'nothing was installed', { fix: command });
  }
  const call = {
    signal: options.signal,
    timeoutMs: INSTALL_DEADLINE_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  };
  const install = apt('install', '--yes', '--no-install-recommends', ...PACKAGES);
  if ((await run(...install, call)).exitCode === 0) return true;
  options.note('apt does not know the package yet; reading the package lists anew');
  await runOrThrow(...apt('update'), call);
  await runOrThrow(...install, call);
  return true;
}

/** The circumstances of the demo's start. */
interface Starter {
  /** The user has already agreed. */
  readonly yes: boolean;
  readonly isRoot: boolean;
  readonly hasTerminal: boolean;
}

/**
 * Returns whether the user agreed to the package, must be asked, or need not be asked. Root without a terminal is a
 * container, a build or a script: nobody can answer there, and root installs packages anyway. Other users need sudo,
 * and so their consent. Pure.
 */
export function consentFor({
  yes,
  isRoot: root,
  hasTerminal: terminal,
}: Starter): 'given' | 'implied' | 'ask' {
  if (yes) return 'given';
  return root && !terminal ? 'implied' : 'ask';
}

type Apt = (...args: readonly string[]) => readonly [program: string, args: readonly string[]];

/** Root runs apt-get itself. Others use sudo without a password, because its prompt would not be visible. */
async function findApt(): Promise<Apt | undefined> {
  if (!(await exists('/usr/bin/apt-get'))) return undefined;
  if (isRoot()) return (...args) => ['apt-get', args];
  const maySudo = (await run('sudo', ['--non-interactive', 'true'])).exitCode === 0;
  return maySudo ? (...args) => ['sudo', ['--non-interactive', 'apt-get', ...args]] : undefined;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Chooses the rung that the demo shows. Unlike a start, the demo may take a weaker one: nobody trusts anything to it.
 */

/**
 * Returns the requested rung; without a request, the strongest that is ready and whose image is available. An image
 * needs a registry or packages. If its image is not available, returns a ready rung that needs none.
 * @throws BottleError if no rung can be used
 */
export async function chooseRung(options: DemoOptions): Promise<Choice> {
  const choice = await choose(options);
  if (options.runtime !== 'auto' || !choice.check.rung.traits.needsImage) return choice;
  const whyNot = await whyNoImage(choice.check.rung, options);
  if (whyNot === undefined) return choice;
  const other = await withoutImage(options.signal);
  if (other === undefined) throw whyNot;
  const why = `${describeRung(other.rung)}: it needs no image. ${describeRung(choice.check.rung)} is stronger, but ${whyNot.message}`;
  return { check: other, why };
}

async function choose({ runtime, yes, note, signal }: DemoOptions): Promise<Choice> {
  const request = { runtime, minBoundary: 'shared-kernel' } as const;
  const look = async (): Promise<Choice> => selectRung(request, await checkRungsFor(request, signal));
  try {
    return await look();
  } catch (error) {
    const isOurs = error instanceof BottleError && error.code === 'rungUnavailable';
    const helps = isOurs && (runtime === 'auto' || runtime === 'bubblewrap');
    if (!helps || !(await installSmallestRung({ yes, note, signal }))) throw error;
    return await look();
  }
}

/** Undefined if the rung's image exists or was built just now. */
async function whyNoImage(rung: Rung, { progress, signal }: DemoOptions): Promise<BottleError | undefined> {
  try {
    await driverOf(rung).prepareImage(rung, { kind: 'default' }, { progress, signal });
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BottleError) return error;
    throw new BottleError('dependencyMissing', `the default image cannot be made: ${reasonOf(error)}`, {
      fix: 'bot-bottle image build shows the cause',
      cause: error,
    });
  }
}

/** The first rung that is ready and needs no image. */
async function withoutImage(signal: AbortSignal): Promise<RungCheck | undefined> {
  for (const { runtime, traits } of allRungs()) {
    if (traits.needsImage) continue;
    const found = await checkRungsFor({ runtime, minBoundary: 'shared-kernel' }, signal);
    const ready = found.find(({ status }) => status === 'ready');
    if (ready !== undefined) return ready;
  }
  return undefined;
}
