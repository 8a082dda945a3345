import { networkInterfaces } from 'node:os';
import { BottleError } from '../../errors.ts';
import { run } from '../../host/run.ts';
import { BOTTLE_ID_VARIABLE } from '../../host/processes.ts';
import type { BottleSpec, GatewayAccess, LaunchCheck } from '../driver.ts';
import { runFiles, type PlanContext } from './plan.ts';
import { openerCall } from './steps.ts';

/** Opens the gateway's sockets in the bottle's network, and lets what must not be reached be tried from there. */

const DEADLINE_MS = 30_000;

/** Nobody's (RFC 5737, RFC 3849), the clouds' metadata service, everybody on the link: none may have a way out. */
const ALWAYS_DENIED = [
  '192.0.2.1:443',
  '[2001:db8::1]:443',
  '169.254.169.254:80',
  '255.255.255.255:9',
  '224.0.0.1:9',
];

/** Each address of this host but its loopback, which is the bottle's own inside, and link-local ones, which need an interface. */
export function deniedAddresses(interfaces = networkInterfaces()): readonly string[] {
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ family, address }) => (family === 'IPv6' ? `[${address}]:22` : `${address}:22`));
  return [...own, ...ALWAYS_DENIED];
}

/** @throws BottleError `rungUnavailable` when the gateway does not come up or a check does not hold */
export async function openGateway(
  spec: BottleSpec,
  pid: number,
  {
    gateway,
    signal,
    assetPath,
  }: { gateway: GatewayAccess; signal: AbortSignal } & Pick<PlanContext, 'assetPath'>,
): Promise<readonly LaunchCheck[]> {
  await gateway.listening;
  const [program = '', ...args] = openerCall({
    assetPath,
    socketPath: runFiles(spec.runDir).handover,
    pid: String(pid),
    denied: deniedAddresses(),
  });
  const opened = run(program, args, {
    timeoutMs: DEADLINE_MS,
    signal,
    env: { [BOTTLE_ID_VARIABLE]: spec.id },
  }).then(({ exitCode, stderr }) => {
    if (exitCode === 0) return;
    throw new BottleError('rungUnavailable', "the bottle's network could not be closed and connected", {
      details: stderr.trim().split('\n'),
    });
  });
  const [checks] = await Promise.all([gateway.ready, opened]);
  return checks;
}
