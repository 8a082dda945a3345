import { readFileSync, writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { setDefaultHighWaterMark } from 'node:stream';
import { reasonOf } from '../errors.ts';
import { AuditLog } from './audit/log.ts';
import type { GatewayConfig, GatewayEvent, GatewaySecrets } from './config.ts';
import { serveControl, type Controls } from './control/serve.ts';
import { useFingerprintKey } from './dlp/fingerprint.ts';
import { compileRules, type CompiledRule } from './dlp/rules/compile.ts';
import { pinnedRules } from './dlp/rules/pinned.ts';
import type { ThreadData } from './dlp/thread/messages.ts';
import { serveInspections } from './dlp/thread/serve.ts';
import { createInspectionThread, startInspectionThread } from './dlp/thread/thread.ts';
import { receiveSockets } from './handover.ts';
import { readGatewaySecrets } from './inject/receive.ts';
import { openSockets } from './sockets.ts';
import { watchMemory } from './memory-watch.ts';
import { withProxySecret } from './launch/split-secrets.ts';
import { basicUsersIn, createLiveScreen } from './screen/live.ts';
import { NO_SECRETS } from './screen/screen.ts';
import { createServices } from './services.ts';
import { createAuthority, type Authority } from './tls/authority/authority.ts';
import { constraintsOf } from './tls/authority/names.ts';

/**
 * The gateway's process: `gateway.cjs CONFIG.json`. It reports on its standard output (`GatewayEvent`), and ends with
 * its bottle. Any unhandled error ends it, and with it every way out.
 */

/**
 * Wait, in milliseconds, for the last lines of the log, which closed connections write in the next turns of the event
 * loop. A longer wait would delay the end of the bottle.
 */
const LAST_LINES_MS = 20;

/**
 * Number of bytes that a Node stream holds before it waits, unless stated otherwise. Node 22 and later hold four times
 * as much by default.
 */
const STREAM_HELD_BYTES = 16_384;

function report(event: GatewayEvent): void {
  try {
    writeSync(1, `${JSON.stringify(event)}\n`);
  } catch {
    // The launcher has gone on without the gateway, or has ended; the bottle has not.
  }
}

async function run(configPath: string): Promise<void> {
  setDefaultHighWaterMark(false, STREAM_HELD_BYTES);
  const written = JSON.parse(readFileSync(configPath, 'utf8')) as GatewayConfig;
  const secrets = written.hasSecrets === true ? await readSecrets() : NO_SECRETS;
  const config = withProxySecret(written, secrets);
  const audit = new AuditLog({
    path: config.auditPath,
    bottleId: config.bottleId,
    ...(config.auditLimitBytes === undefined ? {} : { limitBytes: config.auditLimitBytes }),
  });
  const authority = authorityFor(config);
  if (authority !== undefined) report({ event: 'authority', certificate: authority.certificate });
  const programPath = process.argv[1] ?? '';
  const thread = createInspectionThread(() => startInspectionThread(programPath, config.secretRules));
  const screen = createLiveScreen({
    secrets,
    rules: rulesFor(config),
    basicUsers: basicUsersIn(config.policy),
    thread,
  });
  const services = createServices(config, { audit, authority, screen });
  await serveControlOf(config, services.controls);
  let isEnding = false;
  const end = (failure: string | undefined): void => {
    if (isEnding) return;
    isEnding = true;
    if (failure !== undefined) report({ event: 'failed', reason: failure });
    services.close();
    setTimeout(() => {
      audit.close();
      process.exit(failure === undefined ? 0 : 1);
    }, LAST_LINES_MS);
  };
  watchMemory(end, () => thread.memoryBytes);
  process.once('SIGTERM', () => end(undefined));
  process.once('SIGINT', () => end(undefined));

  if (config.sockets.kind !== 'handover') {
    services.serve(await openSockets(config.sockets));
    services.open(); // no program is on the bottle's network yet
    report({ event: 'ready', checks: [] });
    // In a separate machine, only the end of its input shows that its launcher has ended.
    if (config.sockets.kind === 'unix') process.stdin.resume().once('end', () => end(undefined));
    return;
  }
  receiveSockets(config, config.sockets, {
    onListening: () => report({ event: 'listening' }),
    onSockets: (sockets) => services.serve(sockets),
    onReady: (checks) => {
      services.open();
      report({ event: 'ready', checks });
    },
    onOver: end,
  });
}

/** @throws Error when the control socket would have no token, so that anybody could use it */
async function serveControlOf(config: GatewayConfig, controls: Controls): Promise<void> {
  const { controlPath, controlTokenDigest: tokenDigest } = config;
  if (controlPath === undefined) return;
  if (tokenDigest === undefined) throw new Error('a control socket needs a token');
  await serveControl(controlPath, { controls, tokenDigest });
}

/** Reads one line from a pipe, which leaves no trace. Nothing starts before the line arrives. */
async function readSecrets(): Promise<GatewaySecrets> {
  for await (const line of createInterface({ input: process.stdin })) return readGatewaySecrets(line);
  throw new Error('the launcher sent no secrets');
}

function rulesFor({ secretRules }: Pick<GatewayConfig, 'secretRules'>): readonly CompiledRule[] {
  return secretRules === undefined ? pinnedRules() : [...pinnedRules(), ...compileRules(secretRules)];
}

function authorityFor({ policy, bottleId }: GatewayConfig): Authority | undefined {
  const isNeeded = policy.allow.some(({ opensTls }) => opensTls === true);
  return isNeeded ? createAuthority(bottleId, constraintsOf(policy)) : undefined;
}

function fail(error: unknown): never {
  report({ event: 'failed', reason: reasonOf(error) });
  process.exit(1);
}

/**
 * Runs the inspection in a thread, which this same program starts (dlp/thread/thread.ts). An error in it ends the
 * thread.
 */
function inspect(data: ThreadData): void {
  if (parentPort === null) return;
  useFingerprintKey(data.fingerprintKey);
  serveInspections(parentPort, rulesFor({ ...(data.secretRules && { secretRules: data.secretRules }) }));
}

if (isMainThread) {
  process.on('uncaughtException', fail);
  // Standard error is a file on the same disk as the log: when the disk is full, a warning by Node must not end the
  // gateway.
  process.stderr.on('error', () => undefined);
  run(process.argv[2] ?? '').catch(fail);
} else {
  inspect(workerData as ThreadData);
}
