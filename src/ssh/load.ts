import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BottleError } from '../errors.ts';
import { run, type RunResult } from '../host/run.ts';
import { describeEntry, type SshIdentity } from './entry.ts';
import { noOpenSsh } from './identities.ts';
import { keyPaths } from './key-paths.ts';

/**
 * Loads keys from their files into the holder and nowhere else, each with a destination constraint. The holder's
 * ssh-agent signs only for sessions with a server of that key and for the user there (ssh-add(1), `-h`; OpenSSH 8.9).
 */

/** Long enough for a user to type a passphrase. */
const LOAD_DEADLINE_MS = 180_000;

/**
 * Loads the keys into a running holder, and reads back what the bottle will see of them. Returns one line for the
 * receipt per key. `ssh-add` asks for passphrases at the terminal.
 * @throws BottleError `manifest`: a key does not load, or two files hold one key; `dependencyMissing`: OpenSSH is
 *   missing or does not constrain keys
 */
export async function loadKeys(
  identities: readonly SshIdentity[],
  runDir: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  await writeFile(join(keyPaths(runDir).dir, 'servers'), servers(identities), { mode: 0o600 });
  // Loads one key at a time: the user could not tell two simultaneous questions for a passphrase apart.
  for (const [index, identity] of identities.entries()) await load(identity, index, { runDir, signal });
  return await readBack(identities, runDir);
}

/** A unique name for each entry: the constraint depends on the server's key, not on the spelling of its address. */
const alias = (identity: number, entry: number): string => `server-${identity}-${entry}`;

const servers = (identities: readonly SshIdentity[]): string =>
  identities
    .flatMap(({ entries }, index) =>
      entries.map(({ knownHost }, entry) => `${alias(index, entry)} ${knownHost}\n`),
    )
    .join('');

interface Loading {
  readonly runDir: string;
  readonly signal: AbortSignal;
}

async function load(identity: SshIdentity, index: number, { runDir, signal }: Loading): Promise<void> {
  const constraints = identity.entries.flatMap(({ user }, entry) => ['-h', `${user}@${alias(index, entry)}`]);
  const result = await call(runDir, ['ssh-add', '-q', '-H', 'servers', ...constraints, identity.path], {
    socket: 'inner',
    timeoutMs: LOAD_DEADLINE_MS,
    signal,
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return;
  if (/(?:unknown|illegal|invalid) option/.test(result.stderr)) throw tooOld([result.stderr.trim()]);
  const how = identity.isEncrypted ? 'could not be opened with that passphrase' : 'could not be loaded';
  throw new BottleError('manifest', `${identity.entries[0]?.position}: ${identity.path} ${how}`, {
    details: result.stderr.split('\n').filter((line) => line.trim() !== ''),
    fix: `see what is wrong with it: ssh-keygen -y -f ${identity.path}`,
  });
}

interface Call {
  readonly socket: 'inner' | 'outer';
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly input?: string;
}

async function call(
  runDir: string,
  argv: readonly string[],
  { socket, ...options }: Call,
): Promise<RunResult> {
  const places = keyPaths(runDir);
  const [program = '', ...args] = argv;
  const env = { SSH_AUTH_SOCK: socket === 'inner' ? places.innerSocket : places.outerSocket };
  const result = await run(program, args, { cwd: places.dir, env, ...options });
  if (result.notFound) throw noOpenSsh();
  return result;
}

/**
 * Checks through the bottle's socket that it holds exactly these keys, and that none signs outside its servers'
 * sessions.
 */
async function readBack(identities: readonly SshIdentity[], runDir: string): Promise<readonly string[]> {
  const { stdout } = await call(runDir, ['ssh-add', '-L'], { socket: 'outer' });
  const listed = stdout.trim().split('\n');
  const keys = listed.filter((line) => !/^\S+-cert-v01@openssh\.com /.test(line));
  if (keys.length !== identities.length) {
    throw new BottleError('manifest', `${identities.length} identities are ${keys.length} different keys`, {
      details: identities.flatMap(({ path, entries }) => `${entries[0]?.position}: ${path}`),
      fix: 'name the same file for the same key',
    });
  }
  for (const line of listed) await expectRefusal(line, runDir);
  return identities.map(({ entries }) => entries.map(describeEntry).join(', '));
}

async function expectRefusal(publicKey: string, runDir: string): Promise<void> {
  await writeFile(join(keyPaths(runDir).dir, 'probe.pub'), `${publicKey}\n`, { mode: 0o600 });
  const sign = ['ssh-keygen', '-Y', 'sign', '-n', 'bot-bottle', '-f', 'probe.pub'];
  const { exitCode, stderr } = await call(runDir, sign, { socket: 'outer', input: 'probe' });
  if (exitCode !== 0 && stderr.includes('agent refused operation')) return;
  throw tooOld([exitCode === 0 ? 'it signed for nobody in particular' : stderr.trim()]);
}

const tooOld = (details: readonly string[]): BottleError =>
  new BottleError('dependencyMissing', 'OpenSSH on this host does not bind keys to their servers', {
    details,
    fix: 'install OpenSSH 8.9 or later',
  });
