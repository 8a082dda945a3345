import { spawn } from 'node:child_process';
import { existsSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { containerName } from '../../../src/drivers/container/names.ts';
import { GUEST, LOOPBACK_GATEWAY } from '../../../src/drivers/driver.ts';
import { driverOf } from '../../../src/drivers/index.ts';
import { processesWith } from '../../support/traces.ts';
import type { Bench } from './bench.ts';
import type { LiveBottle } from './live.ts';
import { outcomeOf, standInDir, type Outcome } from './program.ts';
import { traitsOf } from './rung.ts';
import { recordOf } from './state.ts';

/** Runs programs as root in a bottle, as if the agent had become root. It enters from outside; inside nobody can. */

/** Runs a script of /work as root, with a file that contains `value` as JSON as its argument. */
export async function runAsRoot(
  bench: Bench,
  bottle: LiveBottle,
  { script, value }: { readonly script: string; readonly value: unknown },
): Promise<Outcome> {
  const json = JSON.stringify(value);
  const { hasEngine, hasRoot } = traitsOf(bench.rung);
  if (hasEngine) return await byEngine(bench.rung.engine, bottle.id, { script, json });
  return await (hasRoot ? byDriver : byHostRoot)(bench, bottle.id, { script, json });
}

interface Script {
  readonly script: string;
  readonly json: string;
}

const commandInside = ({ script, json }: Script): readonly string[] => {
  const shell = 'printf %s "$0" > /tmp/as-root.json && exec node "$1" /tmp/as-root.json';
  return ['sh', '-c', shell, json, join(GUEST.workspace, script)];
};

async function byEngine(engine: string, bottleId: string, script: Script): Promise<Outcome> {
  const inside = commandInside(script);
  const args = ['exec', '--user', '0', containerName(bottleId, 'agent'), ...inside];
  return await outcomeOf(spawn(engine, args));
}

/** As `verify` does. */
async function byDriver(bench: Bench, bottleId: string, script: Script): Promise<Outcome> {
  const { spec } = recordOf(bench, bottleId);
  // This process calls the driver, and must find its program as the launcher does.
  const binDir = join(standInDir(bench.program.dir), 'bin');
  const path = process.env['PATH'] ?? '';
  if (existsSync(binDir) && !path.startsWith(binDir)) process.env['PATH'] = `${binDir}:${path}`;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const said = Promise.all([text(stdout), text(stderr)]);
  const request = { argv: commandInside(script), env: spec.env, cwd: '/', asRoot: true };
  const io = { tty: false, stdin: undefined, stdout, stderr, size: undefined };
  const code = (await (await driverOf(spec.rung).exec(spec, request, io)).exitCode) ?? null;
  for (const stream of [stdout, stderr]) stream.end();
  const [out, err] = await said;
  return { code, signal: null, stdout: out, stderr: err };
}

/** Without an engine, root of the host enters the bottle's network, which is more than root in the bottle could do. */
async function byHostRoot(
  { program, projectDir }: Bench,
  bottleId: string,
  { script, json }: Script,
): Promise<Outcome> {
  const file = join(program.dir, 'as-root.json');
  writeFileSync(file, json);
  const network = `--net=/proc/${pidInside(bottleId)}/ns/net`;
  const env = { PATH: process.env['PATH'] ?? '', HTTP_PROXY: `http://${LOOPBACK_GATEWAY}:3128` };
  return await outcomeOf(
    spawn('nsenter', [network, process.execPath, join(projectDir, script), file], { env }),
  );
}

/** A process of the bottle whose network is not the host's. */
function pidInside(bottleId: string): number {
  const networkOf = (pid: number | string): string => readlinkSync(`/proc/${pid}/ns/net`);
  const inside = processesWith([bottleId]).find(({ pid }) => networkOf(pid) !== networkOf('self'));
  if (inside === undefined) throw new Error(`no process of ${bottleId} has a network of its own`);
  return inside.pid;
}
