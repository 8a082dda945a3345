import { open } from 'node:fs/promises';
import { request, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import { BottleError, reasonOf } from '../../errors.ts';
import { socketPathIn } from '../../host/disk/socket-path.ts';
import type { Policy } from '../config.ts';
import { authorizationOf, digestOfToken, newToken } from '../control/token.ts';
import { CONTROL_NAME, controlDirIn } from './folders.ts';
import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../../host/files.ts';

/** The launcher's side of the gateway's control socket. */

const DEADLINE_MS = 10_000;

/**
 * Returns the metrics as Prometheus text.
 * @throws BottleError `dependencyMissing` when the gateway does not answer
 */
export async function readMetrics(runDir: string): Promise<string> {
  return await ask(runDir, { what: 'GET /metrics' });
}

/**
 * The result of a new policy: how many connections were closed, or which of its requirements a running bottle cannot
 * meet.
 */
export type PolicyOutcome = { readonly closed: number } | { readonly lacking: readonly string[] };

/**
 * Makes the gateway decide by this policy from now on.
 * @throws BottleError `dependencyMissing` when the gateway does not answer
 */
export async function sendPolicy(runDir: string, policy: Policy): Promise<PolicyOutcome> {
  const body = await ask(runDir, { what: 'PUT /policy', content: policy, takes: [200, 409] });
  return JSON.parse(body) as PolicyOutcome;
}

/**
 * Sends new values of secrets, by name.
 * @throws BottleError `dependencyMissing` when the gateway does not accept them
 */
export async function sendSecrets(runDir: string, values: Readonly<Record<string, string>>): Promise<void> {
  await ask(runDir, { what: 'PUT /secrets', content: values });
}

/**
 * Waits for secrets that hosts reject; returns their names. Calling it again tells the gateway that the ones before
 * have been handled. Does not keep the process alive.
 * @throws BottleError `dependencyMissing` when the gateway does not answer
 */
export async function rejectedSecrets(runDir: string, signal: AbortSignal): Promise<readonly string[]> {
  const body = await ask(runDir, { what: 'GET /rejected', until: signal });
  return (JSON.parse(body) as { secrets: readonly string[] }).secrets;
}

/**
 * Waits until the gateway cannot write its log, after which nothing gets out; returns the reason. Does not keep the
 * process alive.
 * @throws BottleError `dependencyMissing` when the gateway does not answer
 */
export async function logFailure(runDir: string, signal: AbortSignal): Promise<string> {
  const body = await ask(runDir, { what: 'GET /unwritable', until: signal });
  return (JSON.parse(body) as { reason: string }).reason;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Question {
  /** Method and path. */
  readonly what: string;
  readonly content?: unknown;
  /** Waits until this is aborted; undefined: up to `DEADLINE_MS`. */
  readonly until?: AbortSignal;
  /** Accepted statuses; undefined: 200. */
  readonly takes?: readonly number[];
}

/**
 * Returns the body of the answer.
 * @throws BottleError `dependencyMissing` when there is no answer, or its status is not accepted
 */
async function ask(runDir: string, question: Question): Promise<string> {
  const { what, takes = [200] } = question;
  const { status, body } = await answerTo(runDir, question);
  if (takes.includes(status)) return body;
  throw unanswered(`the bottle's gateway answered ${what} with ${status}: ${body.trim()}`);
}

async function answerTo(runDir: string, question: Question): Promise<Answer> {
  const { what } = question;
  const [method = '', path = ''] = what.split(' ');
  try {
    const dir = controlDirIn(runDir);
    const headers = { Authorization: authorizationOf(await readControlToken(runDir)) };
    const folder = await open(dir);
    try {
      const socketPath = socketPathIn(folder, dir, CONTROL_NAME);
      return await send({ socketPath, method, path, headers, ...patienceOf(question) }, question.content);
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw unanswered(`the bottle's gateway did not answer ${what}: ${reasonOf(error).trim()}`, error);
  }
}

/** Without an explicit timeout, Node's default agent ends a connection that is silent for five seconds. */
const patienceOf = ({ until }: Question): RequestOptions =>
  until === undefined ? { timeout: DEADLINE_MS } : { signal: until, timeout: 0 };

function send(options: RequestOptions, content: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject);
    });
    outgoing.once('timeout', () =>
      outgoing.destroy(new Error(`nothing came within ${DEADLINE_MS / 1_000} s`)),
    );
    outgoing.once('error', reject);
    if (options.signal !== undefined) outgoing.once('socket', (socket) => socket.unref());
    outgoing.end(content === undefined ? undefined : JSON.stringify(content));
  });
}

function unanswered(message: string, cause?: unknown): BottleError {
  return new BottleError('dependencyMissing', message, {
    fix: 'bot-bottle ls shows whether the bottle runs; if its gateway has ended, stop the bottle and start another',
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * The launcher's side of the control socket's token: a file that only the user who started the bottle can read, and
 * that is mounted nowhere.
 */
const tokenPathIn = (runDir: string): string => join(runDir, 'control.token');

/** Writes a new token; returns its digest, for the gateway. */
export async function writeControlToken(runDir: string): Promise<string> {
  const token = newToken();
  await writeFileAtomic(tokenPathIn(runDir), token, 0o600);
  return digestOfToken(token);
}

/**
 * Returns the bottle's token.
 * @throws Error when there is none
 */
async function readControlToken(runDir: string): Promise<string> {
  const token = await readTextIfThere(tokenPathIn(runDir));
  if (token === undefined) throw new Error('the token of its control socket is missing');
  return token;
}
