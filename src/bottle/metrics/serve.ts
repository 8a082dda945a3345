import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { BlockList, isIP, type AddressInfo } from 'node:net';
import { BottleError, reasonOf } from '../../errors.ts';
import { bracketed } from '../../gateway/message/canonical.ts';
import { renderFamilies, mergeFamilies, parseFamilies, type Family } from './families.ts';
import { readMetrics } from '../../gateway/launch/control.ts';
import { expectOwnGateway } from '../egress/foreign-gateway.ts';
import { bottlePaths, findRecord, readAll } from '../state/store.ts';

/** Serves metrics to a scraper on this host. */

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface Listening {
  readonly host: string;
  readonly port: number;
}

/**
 * Parses `127.0.0.1:9464` or `[::1]:9464`. Loopback only, which no bottle reaches.
 * @throws BottleError `usage` for any other address
 */
export function parseListen(text: string): Listening {
  const [, six, four, port] = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = six ?? four ?? '';
  const isGood = isIP(host) !== 0 && isLoopback(host) && Number(port) <= 65_535;
  if (isGood) return { host, port: Number(port) };
  throw new BottleError('usage', `--listen ${text} is not a loopback address of this host`, {
    fix: 'use --listen 127.0.0.1:9464; serve it elsewhere through your own proxy',
  });
}

function isLoopback(host: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Serves `GET /metrics` until `signal` is aborted. Passes the URL to `listening`.
 * @throws BottleError `usage` if the port is taken
 */
export async function serveMetrics(
  idOrAgent: string | undefined,
  { host, port }: Listening,
  { signal, listening }: { readonly signal: AbortSignal; readonly listening: (url: string) => void },
): Promise<void> {
  const server = createServer((request, response) => {
    // DNS rebinding: a web page can point its own name at this address.
    const isMeant =
      isIP(hostIn(request.headers.host ?? '')) !== 0 || hostIn(request.headers.host ?? '') === 'localhost';
    if (!isMeant || request.method !== 'GET' || request.url !== '/metrics') return respond(response, 404, '');
    collectMetrics(idOrAgent).then(
      ({ families }) => respond(response, 200, renderFamilies(families)),
      (error: unknown) => respond(response, 503, `${reasonOf(error)}\n`),
    );
  });
  try {
    await once(server.listen(port, host), 'listening', { signal });
  } catch (error) {
    throw new BottleError('usage', `cannot listen on ${bracketed(host)}:${port}: ${reasonOf(error)}`, {
      fix: 'name another port, or have a free one chosen: --listen 127.0.0.1:0',
      cause: error,
    });
  }
  listening(`http://${bracketed(host)}:${(server.address() as AddressInfo).port}/metrics`);
  if (!signal.aborted) await once(signal, 'abort');
  server.close();
  server.closeAllConnections();
}

const hostIn = (authority: string): string => authority.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

function respond(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': TYPE }).end(text);
}

interface Collected {
  readonly families: readonly Family[];
  /** Bottles whose gateway did not answer, each with the reason; the gateway may be ending. */
  readonly silent: readonly string[];
}

/**
 * The metrics of this bottle's gateway, or of the gateways of all running bottles.
 * @throws BottleError `usage` if the named bottle does not run, `dependencyMissing` if its gateway does not answer
 */
export async function collectMetrics(idOrAgent: string | undefined): Promise<Collected> {
  if (idOrAgent !== undefined) return { families: await familiesOf(await runningId(idOrAgent)), silent: [] };
  const { records } = await readAll();
  const own = records.filter(({ phase, spec }) => phase === 'running' && spec.foreignGateway === undefined);
  const ids = own.map(({ id }) => id);
  const read = await Promise.allSettled(ids.map(familiesOf));
  const silent = read.flatMap((result, index) =>
    result.status === 'rejected' ? [`${ids[index]}: ${reasonOf(result.reason)}`] : [],
  );
  const families = read.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { families: mergeFamilies(families), silent };
}

const familiesOf = async (id: string): Promise<readonly Family[]> =>
  parseFamilies(await readMetrics(bottlePaths(id).runDir));

async function runningId(idOrAgent: string): Promise<string> {
  const record = await findRecord(idOrAgent);
  expectOwnGateway(record, 'metrics that can be read from outside its bottle');
  const { id, phase } = record;
  if (phase === 'running') return id;
  throw new BottleError('usage', `bottle ${id} is ${phase}: it has no gateway to ask`, {
    fix: `bot-bottle logs ${id} --summary adds up what it did`,
  });
}
