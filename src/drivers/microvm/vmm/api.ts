import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadline } from '../../../host/deadline.ts';
import { BottleError, reasonOf } from '../../../errors.ts';
import type { ApiRequest } from './firecracker.ts';

/** Client of Firecracker's API: HTTP on a Unix socket. */

const ANSWER_MS = 10_000;
const POLL_MS = 10;
const FIX = 'bot-bottle doctor, or another rung';

interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Sends one request, and returns the response body, which is mostly empty. A save takes a while, because it writes all
 * memory.
 * @throws BottleError `rungUnavailable` where Firecracker refuses, does not answer in time, or is not there
 */
export async function callApi(
  socketPath: string,
  request: ApiRequest,
  timeoutMs = ANSWER_MS,
): Promise<unknown> {
  const { method, path } = request;
  const { status, body } = await ask(socketPath, request, timeoutMs).catch((cause: unknown) => {
    throw refused(`does not answer ${method} ${path}`, { details: [reasonOf(cause)], cause });
  });
  if (status === 204) return undefined;
  if (status === 200) return JSON.parse(body);
  throw refused(`refuses ${method} ${path}`, { details: [faultIn({ status, body })] });
}

/** Sends all requests in order. @throws BottleError `rungUnavailable` at the first failure */
export async function callInOrder(socketPath: string, requests: readonly ApiRequest[]): Promise<void> {
  for (const request of requests) await callApi(socketPath, request);
}

export interface Awaited {
  readonly socketPath: string;
  /** Settles with how Firecracker ended, in words. */
  readonly ended: Promise<string>;
  readonly timeoutMs: number;
}

/**
 * Waits until the API answers, and returns Firecracker's version.
 * @throws BottleError `rungUnavailable` where Firecracker ends before, or does not answer in time
 */
export async function awaitApi({ socketPath, ended, timeoutMs }: Awaited): Promise<string> {
  const until = Date.now() + timeoutMs;
  let end: string | undefined;
  void ended.then((how) => (end = how));
  for (;;) {
    const answer = await ask(socketPath, { method: 'GET', path: '/' }, timeoutMs).catch((error: unknown) =>
      reasonOf(error),
    );
    if (typeof answer !== 'string') return versionIn(answer);
    if (end !== undefined) throw refused('ended before it could be asked anything', { details: [end] });
    if (Date.now() > until) throw refused(`was not there in ${timeoutMs} ms`, { details: [answer] });
    await sleep(POLL_MS);
  }
}

/**
 * Always sends Content-Length, because Firecracker reads no other form. Each request has a separate connection, of at
 * most ten.
 */
async function ask(socketPath: string, request: ApiRequest, timeoutMs: number): Promise<Answer> {
  const { method, path } = request;
  const body = request.body === undefined ? '' : JSON.stringify(request.body);
  const headers =
    body === '' ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const signal = deadline(timeoutMs);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest({ socketPath, method, path, headers, agent: false, signal }, resolve)
      .on('error', reject)
      .end(body);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}

function versionIn({ status, body }: Answer): string {
  const version = /"vmm_version" *: *"([^"]*)"/.exec(body)?.[1];
  if (status === 200 && version !== undefined) return version;
  throw refused('does not say what it is', { details: [faultIn({ status, body })] });
}

/** Returns the reason that Firecracker gives. Its answer to an unreadable request is not JSON. */
function faultIn({ status, body }: Answer): string {
  try {
    const { fault_message: fault } = JSON.parse(body) as { readonly fault_message?: unknown };
    if (typeof fault === 'string') return fault;
  } catch {
    // not JSON: use the body as it is
  }
  return [`status ${status}`, body.trim()].filter(Boolean).join(': ');
}

const refused = (
  what: string,
  more: { readonly details: readonly string[]; readonly cause?: unknown },
): BottleError => new BottleError('rungUnavailable', `Firecracker ${what}`, { fix: FIX, ...more });
