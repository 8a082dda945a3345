import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { BottleError, DOCTOR_OR_REPORT } from '../../errors.ts';
import type { spawnProgram } from '../../host/run.ts';
import type { LaunchCheck } from '../../contracts/gateway.ts';
import type { GatewayEvent } from '../config.ts';

/** Turns the reports of the gateway's process into promises. */

/** Timeout until the gateway listens, in milliseconds. It takes a tenth of a second, and on a busy host seconds. */
const LISTENS_MS = 60_000;

export type GatewayProcess = ReturnType<typeof spawnProgram>;

export interface Reports {
  /** PEM: the authority that the bottle trusts; undefined if no rule opens TLS. */
  readonly authority: Promise<string | undefined>;
  readonly listening: Promise<void>;
  readonly ready: Promise<readonly LaunchCheck[]>;
  /** Settles when the process has ended; with the reason if that was a failure. */
  readonly ended: Promise<string | undefined>;
}

/**
 * Reads the reports. All promises but `ended` reject with BottleError `rungUnavailable` if the gateway fails or ends
 * before they settle, or does not listen in time.
 */
export function readReports(child: GatewayProcess, stdout: Readable): Reports {
  const listening = deferred<void>();
  const ready = deferred<readonly LaunchCheck[]>();
  const ended = deferred<string | undefined>();
  const authority = deferred<string | undefined>();
  let reason: string | undefined;
  const late = setTimeout(() => {
    const error = notReady(
      `it did not listen within ${LISTENS_MS / 1000} s`,
      'see what keeps this host busy, and start again',
    );
    listening.reject(error);
    authority.reject(error);
  }, LISTENS_MS).unref();
  const fail = (how: string | undefined): void => {
    clearTimeout(late);
    const why = reason ?? how;
    const error = notReady(why ?? 'it ended without a reason', DOCTOR_OR_REPORT);
    listening.reject(error);
    ready.reject(error);
    authority.reject(error);
    ended.resolve(why);
  };
  createInterface({ input: stdout }).on('line', (line) => {
    const report = JSON.parse(line) as GatewayEvent;
    if (report.event === 'authority') return authority.resolve(report.certificate);
    if (report.event !== 'failed') authority.resolve(undefined);
    if (report.event === 'listening') listening.resolve();
    else if (report.event === 'ready') ready.resolve(report.checks);
    else reason = report.reason;
  });
  child.once('error', (error) => {
    fail(`bwrap could not be started (${error.message})`);
  });
  child.once('close', (code, signal) =>
    fail(code === 0 ? undefined : `it ended by ${signal ?? `exit code ${code}`}`),
  );
  return {
    authority: authority.promise,
    listening: listening.promise,
    ready: ready.promise,
    ended: ended.promise,
  };
}

const notReady = (why: string, fix: string): BottleError =>
  new BottleError('rungUnavailable', `the gateway did not become ready: ${why}`, { fix });

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

/** A promise whose rejection need not be handled. */
function deferred<Value>(): Deferred<Value> {
  let resolve: Deferred<Value>['resolve'] = () => undefined;
  let reject: Deferred<Value>['reject'] = () => undefined;
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
