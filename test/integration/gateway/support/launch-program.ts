import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { launchGateway } from '../../../../src/gateway/launch/launch.ts';
import { assetPath } from '../../../../src/host/paths.ts';
import { runOrThrow, spawnProgram } from '../../../../src/host/run.ts';
import { agentOwner, isRoot } from '../../../../src/host/user.ts';

/**
 * Starts a gateway as the launcher does, with a bottle of bubblewrap, as the user who runs this; prints the result, and
 * ends with its standard input.
 *   launch-program.mjs FOLDER
 */

const GATEWAY = '127.200.0.1';
const folder = process.argv[2] ?? '';

/** Opens a bottle: empty namespaces, and a program that waits. Returns the process id of its first program. */
async function openBottle(): Promise<{ pid: string; end: () => void }> {
  const namespaces = [
    '--unshare-user',
    '--unshare-net',
    '--unshare-pid',
    '--unshare-ipc',
    '--disable-userns',
  ];
  const files = ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib'];
  const args = [...namespaces, '--uid', '1000', '--gid', '1000', '--die-with-parent', ...files];
  const owner = isRoot() ? agentOwner() : {};
  const child = spawnProgram(
    'bwrap',
    [...args, '--symlink', 'usr/lib64', '/lib64', '--dev', '/dev', '--info-fd', '3', '--', 'sleep', '60'],
    { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], ...owner },
  );
  const [info] = (await once(child.stdio[3] as Readable, 'data')) as [Buffer];
  return { pid: /"child-pid": (\d+)/.exec(info.toString())?.[1] ?? '', end: () => child.kill('SIGKILL') };
}

const gateway = await launchGateway({
  runDir: join(folder, 'run'),
  trust: '',
  secrets: () => undefined,
  config: {
    bottleId: 'launched-bottle',
    policy: { allow: [], deny: [] },
    gatewayAddress: GATEWAY,
    auditPath: join(folder, 'audit', 'egress.jsonl'),
    hostAddresses: [],
  },
});
await gateway.listening;
const bottle = await openBottle();
const opener = ['--socket', join(folder, 'run', 'handover', 's'), '--address', GATEWAY, '--join', bottle.pid];
await runOrThrow('perl', [assetPath('handover/open.pl'), ...opener, '--deny', '203.0.113.1:80']);
const checks = await gateway.ready;
process.stdout.write(
  `${JSON.stringify({ gateway: gateway.identity, bottle: Number(bottle.pid), checks })}\n`,
);

void gateway.ended.then((why) => {
  if (why !== undefined) process.stdout.write(`${JSON.stringify({ why })}\n`);
});
process.stdin.on('data', (line: Buffer) => {
  const order = line.toString().trim();
  if (order === 'end bottle') bottle.end();
  if (order === 'stop') void gateway.stop().then(() => process.stdout.write('stopped\n'));
});
process.stdin.on('end', () => process.kill(process.pid));
