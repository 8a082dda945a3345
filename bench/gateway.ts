import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthorities } from './gateway/authorities.ts';
import { compileLoad, HOST_NAME, ORIGIN_PORT } from './gateway/load.ts';
import { measureMemory } from './gateway/memory.ts';
import { fetchPeers } from './gateway/packages.ts';
import { PROXIES, type Place, type Proxy } from './gateway/proxies.ts';
import { measureRounds, type Route } from './gateway/rounds.ts';
import { memoryTable, speedTable } from './gateway/tables.ts';
import { isInside, runInside, untilOpen } from './network.ts';

/**
 * Opened TLS through the gateway, against squid with ssl_bump, the proxy of @anthropic-ai/sandbox-runtime and mockttp:
 * small requests and 100 MB bodies over h1 and h2, and resident memory. The clients check that TLS is opened: they
 * accept only certificates of the proxy's own authority. Needs a C compiler, the headers of OpenSSL and nghttp2,
 * squid-openssl and npm.
 *
 *   npm run bench -- gateway [ROUNDS [PEER...]]
 */

/** Runs the comparison and prints its tables. */
export async function main(args: readonly string[]): Promise<void> {
  const [rounds = '7', ...peerNames] = args;
  const peers = fetchPeers();
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-gateway-'));
  const running: ChildProcess[] = [];
  try {
    if (!isInside()) {
      const hostsPath = join(folder, 'hosts');
      writeFileSync(hostsPath, `127.0.0.1 localhost\n127.0.0.1 ${HOST_NAME}\n`);
      return runInside('gateway', args, hostsPath);
    }
    const programs = compileLoad(folder);
    const place = { folder, authorities: makeAuthorities(folder, HOST_NAME), peers };
    const direct = await startOrigin(programs.origin, place, running);
    const chosen = PROXIES.filter(
      ({ name, role }) => role !== 'peer' || peerNames.length === 0 || peerNames.includes(name),
    );
    const routes = await startProxies(chosen, place, running);
    const memories = new Map(
      routes
        .filter(({ role }) => role !== 'variant')
        .map((route) => [route, measureMemory(programs.client, route)]),
    );
    console.log(`${memoryTable(memories)}\n`);
    console.log(speedTable(measureRounds(programs.client, { direct, routes }, Number(rounds))));
  } finally {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts the origin of all routes; returns the route without a proxy. */
export async function startOrigin(
  program: string,
  { authorities }: Pick<Place, 'authorities'>,
  running: ChildProcess[],
): Promise<Route> {
  const { certificatePath, keyPath } = authorities.origin;
  const origin = spawn(program, [String(ORIGIN_PORT), certificatePath, keyPath], { stdio: 'inherit' });
  running.push(origin);
  await untilOpen('127.0.0.1', ORIGIN_PORT);
  return {
    name: 'direct',
    role: 'direct',
    address: '127.0.0.1',
    port: ORIGIN_PORT,
    kind: 'direct',
    authorityPath: authorities.originAuthority.certificatePath,
    pid: origin.pid ?? 0,
  };
}

async function startProxies(
  proxies: readonly Proxy[],
  place: Place,
  running: ChildProcess[],
): Promise<readonly Route[]> {
  const routes: Route[] = [];
  for (const { name, role, address, port, start } of proxies) {
    const { process: child, authorityPath } = await start(place);
    running.push(child);
    const isOpened = authorityPath !== place.authorities.originAuthority.certificatePath;
    routes.push({
      name: isOpened ? name : `${name} (TLS NOT opened)`,
      role,
      address,
      port,
      kind: 'connect',
      authorityPath,
      pid: child.pid ?? 0,
    });
  }
  return routes;
}
