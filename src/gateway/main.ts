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
import { openSockets } from './listen.ts';
import { watchMemory } from './memory-watch.ts';
import { withProxySecret } from './launch/split-secrets.ts';
import { basicUsersIn, createLiveScreen } from './screen/live.ts';
import { NO_SECRETS } from './screen/screen.ts';
import { createServices } from './services.ts';
import { createAuthority, type Authority } from './tls/authority/authority.ts';
import { constraintsOf } from './tls/authority/names.ts';

/**
 * The gateway's process: `gateway.cjs CONFIG.json`. It reports on its standard output (`GatewayEvent`), and ends with
 * its bottle. Whatever goes wrong in it ends it, and with it every way out.
 */

/**
 * For the last lines of the log, which connections write when they are closed: in the next turns of the event loop. Longer, and who
 * ends the bottle would wait for it.
 */
const LAST_LINES_MS = 20;

/** What a stream of Node's holds before it waits, where nothing else is said. Node 22 and later hold four times as much. */
const STREAM_HELD_BYTES = 16_384;

function report(event: GatewayEvent): void {
  try {
    writeSync(1, `${JSON.stringify(event)}\n`);
  } catch {
    // The launcher has gone on without us, or is gone; the bottle is not.
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
    services.open(); // nobody is on the bottle's network yet
    report({ event: 'ready', checks: [] });
    // In a machine of its own, its input is all that ends with its launcher.
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

/** @throws Error where anybody could ask there */
async function serveControlOf(config: GatewayConfig, controls: Controls): Promise<void> {
  const { controlPath, controlTokenDigest: tokenDigest } = config;
  if (controlPath === undefined) return;
  if (tokenDigest === undefined) throw new Error('a control socket needs a token');
  await serveControl(controlPath, { controls, tokenDigest });
}

/** One line from a pipe, which leaves no trace. Before it is here, nothing starts. */
async function readSecrets(): Promise<GatewaySecrets> {
  for await (const line of createInterface({ input: process.stdin })) return readGatewaySecrets(line);
  throw new Error('the secrets did not come');
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

/** The same program, started as a thread by itself (dlp/thread/thread.ts). An error in it ends the thread. */
function inspect(data: ThreadData): void {
  if (parentPort === null) return;
  useFingerprintKey(data.fingerprintKey);
  serveInspections(parentPort, rulesFor({ ...(data.secretRules && { secretRules: data.secretRules }) }));
}

if (isMainThread) {
  process.on('uncaughtException', fail);
  // A file on the disk that the log is on, too: where that is full, a warning of Node's must not end the gateway.
  process.stderr.on('error', () => undefined);
  run(process.argv[2] ?? '').catch(fail);
} else {
  inspect(workerData as ThreadData);
}
