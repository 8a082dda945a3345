import { basename } from 'node:path';
import { BottleError, reasonOf } from '../errors.ts';
import { hostVariable, secretEnvironment } from '../host/env.ts';
import { isRelativeProgram } from '../host/system/programs.ts';
import { shellLine } from '../host/shell-words.ts';
import { run } from '../host/run.ts';
import { awsCredentialsIn } from './aws-credentials.ts';
import { describeSource, type HeldSecret, type SecretSource } from './source.ts';
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

/** Reads secrets from the user's sources when a bottle starts. No error ever shows what was read. */

const DEADLINE_MS = 30_000;
const MOST_BYTES = 65_536;
/**
 * How long to wait for more output after a program ends, in milliseconds. Agents and helpers that it started may live
 * on and keep its output open.
 */
const LINGER_MS = 300;

type Reader<Kind extends SecretSource['kind']> = (
  source: Extract<SecretSource, { kind: Kind }>,
  signal: AbortSignal | undefined,
) => Promise<string>;

const READERS: { readonly [Kind in SecretSource['kind']]: Reader<Kind> } = {
  env: ({ name }) => {
    const value = hostVariable(name);
    if (value !== undefined) return Promise.resolve(value);
    throw new BottleError('manifest', `the variable ${name} of this host is not set, or is empty`, {
      fix: `set it before the start: export ${name}=...`,
    });
  },
  file: async ({ hostPath }) => await readPrivateFile(hostPath),
  command: async (source, signal) => {
    const { argv } = source;
    const missing = 'install it, or name another source of the secret';
    const login = LOGINS[basename(argv[0] ?? '')];
    const failed = login === undefined ? {} : { failed: `${login}; see what it says: ${argv.join(' ')}` };
    return await outputOf({ argv, missing, signal, ...failed });
  },
  keyring: async ({ service, account }, signal) => {
    const keyring = KEYRINGS[process.platform];
    if (keyring === undefined)
      throw new BottleError('manifest', `no keyring is known on ${process.platform}`, {
        fix: 'name another source of the secret: env, file or command',
      });
    return await outputOf({ argv: keyring.lookup(service, account), signal, ...keyring });
  },
  onePassword: async ({ reference }, signal) =>
    await outputOf({
      argv: ['op', 'read', '--no-newline', reference],
      missing: 'install 1Password’s command line, op',
      failed: 'sign in first: op signin',
      signal,
    }),
};

/** The usual fix if one of these programs fails: the user is not logged in, or the login has expired. */
const LOGINS: Readonly<Record<string, string>> = {
  aws: 'log in first: aws sso login',
  az: 'log in first: az login',
  bao: 'log in first: bao login',
  bw: 'unlock it first: bw unlock, and export BW_SESSION',
  doppler: 'log in first: doppler login',
  gcloud: 'log in first: gcloud auth login',
  gh: 'log in first: gh auth login',
  glab: 'log in first: glab auth login',
  infisical: 'log in first: infisical login',
  op: 'sign in first: op signin',
  pass: 'see that gpg-agent can unlock your key',
  vault: 'log in first: vault login',
};

interface Keyring {
  readonly lookup: (service: string, account: string) => readonly string[];
  readonly missing: string;
  readonly failed: string;
}

/** secret-tool(1) of libsecret, with the attributes that it and the keyring libraries use; security(1) of macOS. */
const KEYRINGS: Partial<Record<NodeJS.Platform, Keyring>> = {
  linux: {
    lookup: (service, account) => ['secret-tool', 'lookup', 'service', service, 'account', account],
    missing: 'install secret-tool (Debian, Ubuntu: libsecret-tools)',
    failed: 'put it there: secret-tool store --label=NAME service SERVICE account ACCOUNT',
  },
  darwin: {
    lookup: (service, account) => ['security', 'find-generic-password', '-w', '-s', service, '-a', account],
    missing: 'this program comes with macOS: see that /usr/bin is in PATH',
    failed: 'put it there: security add-generic-password -s SERVICE -a ACCOUNT -w',
  },
};

/**
 * Reads a secret, once.
 * @throws BottleError `manifest`: the source does not exist or holds no valid secret; `dependencyMissing`: the program
 *   that supplies the secret is not installed or fails; neither error shows what was read
 */
export async function readSecret(source: SecretSource, signal?: AbortSignal): Promise<HeldSecret> {
  const reader = READERS[source.kind] as Reader<SecretSource['kind']>;
  const text = await reader(source, signal);
  const { value, ...expiry } =
    source.kind === 'command' && source.gives !== undefined
      ? awsCredentialsIn(text, describeSource(source), Date.now())
      : { value: withoutLineEnd(text) };
  const fault = valueFault(value);
  if (fault === undefined) return Object.assign(() => value, expiry);
  throw new BottleError('manifest', `what ${describeSource(source)} holds is no secret: it ${fault}`, {
    fix: 'see that it holds the secret alone, on one line',
  });
}

interface Lookup {
  readonly argv: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Tells the user what to do if the program is not installed. */
  readonly missing: string;
  /** Tells the user what to do if the program fails. */
  readonly failed?: string;
}

async function outputOf({ argv, signal, missing, failed }: Lookup): Promise<string> {
  const [program = '', ...args] = argv;
  if (isRelativeProgram(program)) throw relativeProgram(program);
  // Runs in `/`: in the project's folder, python, git and others would run or obey files of the project.
  const result = await run(program, args, {
    cwd: '/',
    env: secretEnvironment(),
    timeoutMs: DEADLINE_MS,
    maxOutputBytes: MOST_BYTES,
    lingerMs: LINGER_MS,
    ...(signal === undefined ? {} : { signal }),
  });
  signal?.throwIfAborted();
  if (result.exitCode === 0) {
    if (result.stdout.trim() !== '') return result.stdout;
    throw failure(argv, { how: 'printed nothing', fix: failed, mayLack: true });
  }
  if (result.notFound) throw failure(argv, { how: 'is not installed', fix: missing });
  if (result.exitCode === undefined && result.stdout.length >= MOST_BYTES) {
    const how = `printed too much (more than ${MOST_BYTES / 1024} KiB)`;
    throw failure(argv, { how, fix: 'have it print the secret alone, on one line' });
  }
  const how = result.timedOut
    ? `did not end in ${DEADLINE_MS / 1000} s`
    : `failed (${exitOf(result.exitCode)})`;
  throw failure(argv, { how, fix: failed, mayLack: true });
}

const relativeProgram = (program: string): BottleError =>
  new BottleError('manifest', `${program}, which is to give a secret, is no full path`, {
    details: ['it would be another program in each folder'],
    fix: 'write the full path, or a name that is in PATH',
  });

const exitOf = (code: number | undefined): string =>
  code === undefined ? 'ended by a signal, or printed too much' : `exit code ${code}`;

interface Failure {
  readonly how: string;
  readonly fix: string | undefined;
  /** The program may need a variable that it does not get; in the user's own shell it would succeed. */
  readonly mayLack?: true;
}

const VARIABLES =
  'of the variables of this host it had only those that docs/MANIFEST.md lists beside `command`';

/** Omits everything that the program printed: programs print secrets in their errors too. */
const failure = (argv: readonly string[], { how, fix, mayLack }: Failure): BottleError =>
  new BottleError('dependencyMissing', `${argv[0]} ${how}, which is to give a secret`, {
    details: [`command: ${shellLine(argv)}`, ...(mayLack === true ? [VARIABLES] : [])],
    fix: fix ?? `see what it says: ${shellLine(argv)}`,
  });

const MOST_FILE_BYTES = 65_536;

/**
 * Reads a file that only the user can access.
 * @throws BottleError `manifest`: the file is unreadable, not a regular file, too long, or open to other users
 */
async function readPrivateFile(hostPath: string): Promise<string> {
  // Without O_NONBLOCK, opening a pipe that has no writer blocks: open(2).
  const file = await open(hostPath, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new BottleError('manifest', `the file ${hostPath} cannot be read`, {
      details: [reasonOf(error)],
      fix: 'name a file that you can read',
    });
  });
  try {
    // Checks the open file: the path may lead to another file by now.
    const fault = faultOf(await file.stat(), hostPath);
    if (fault !== undefined) throw fault;
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function faultOf(stats: Stats, hostPath: string): BottleError | undefined {
  const fault = (what: string, fix: string): BottleError =>
    new BottleError('manifest', `the file ${hostPath} ${what}`, { fix });
  if (!stats.isFile()) return fault('is no ordinary file', 'name the file that holds the secret alone');
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
    return fault(`is open to other users of this host (mode ${mode})`, `chmod 600 ${hostPath}`);
  }
  return stats.size > MOST_FILE_BYTES
    ? fault('is too long for a secret', 'name the file that holds the secret alone')
    : undefined;
}

/** A shorter secret would match other text by chance, and an attacker could guess it. */
const SHORTEST_SECRET = 8;
/** Same limit as in the gateway: few servers accept more in a header. */
const LONGEST_SECRET = 8_192;

/**
 * Returns why a text is not a valid secret, or undefined if it is valid. The reason completes a sentence about the
 * source, and never shows the text. Mirrors `secretFault` of the gateway, which checks again because it trusts no
 * caller.
 */
export function valueFault(value: string): string | undefined {
  if (value === '') return 'is empty';
  if (/\p{Cc}/u.test(value)) return 'has more than one line, or control characters';
  if (value.length < SHORTEST_SECRET) return `has fewer than ${SHORTEST_SECRET} characters`;
  if (value.length > LONGEST_SECRET) return `has more than ${LONGEST_SECRET} characters`;
  if (value.trim() !== value) return 'begins or ends with a space';
  if (/\\{4}/.test(value)) return 'has four backslashes in a row, which look like escapes of one another';
  return /^[\x20-\x7e]*$/.test(value) ? undefined : 'has characters beyond ASCII';
}

/** Removes the final line end that editors and programs add. */
const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');
