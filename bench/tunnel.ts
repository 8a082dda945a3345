import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayConfig } from '../src/gateway/config.ts';
import { GATEWAY_FLAGS } from '../src/host/system/gateway-node.ts';
import { buildGateway } from '../test/integration/gateway/support/bundle.ts';
import { clientHello } from '../test/integration/gateway/support/hello.ts';
import { median } from './median.ts';
import { isInside, runInside, untilOpen } from './network.ts';
import { cpuMsOf, memoryMiBOf } from './processes.ts';

/**
 * Tunnels through the gateway against squid and tinyproxy: bulk both ways, 64 streams, 2,000 small requests. All run in
 * one network namespace with only a loopback; each round runs every workload through every proxy, one after the other,
 * so that a change of the machine's speed affects all of them. A first round is a warm-up, in which the gateway's code
 * is compiled. The gateway does all its work for a bottle: it reads the server name, decides, and writes its log. Needs
 * a C compiler, squid and tinyproxy.
 *
 *   npm run bench -- tunnel [ROUNDS]
 */

const ORIGIN_PORT = 9_000;
const GIB = 1024 ** 3;
const WARM_UP_ROUNDS = 1;

interface Proxy {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The origin's name in requests to this proxy. */
  readonly target: string;
  readonly start: (folder: string) => Promise<ChildProcess>;
}

interface Workload {
  readonly name: string;
  readonly unit: string;
  readonly mode: 'download' | 'upload' | 'small';
  readonly concurrency: number;
  readonly requests: number;
  readonly bytes: number;
  /** Computes the figure from the load generator's output; a higher figure is better unless `isLess`. */
  readonly figure: (seconds: number, p99Ms: number) => number;
  readonly isLess?: true;
  /**
   * The ratio to squid that the issue of the first release requires; at 1.0, a tie within the noise of 10 % is level.
   */
  readonly goal: number;
}

const bulk = (name: string, mode: 'download' | 'upload', streams: number): Workload => ({
  name,
  unit: 'GiB/s',
  mode,
  concurrency: streams,
  requests: streams,
  bytes: GIB / streams,
  figure: (seconds) => 1 / seconds,
  goal: 1.3,
});
const small = { mode: 'small' as const, requests: 2_000, bytes: 1_024, goal: 0.9 };

const WORKLOADS: readonly Workload[] = [
  bulk('1 GiB down', 'download', 1),
  bulk('1 GiB up', 'upload', 1),
  bulk('64 streams down', 'download', 64),
  bulk('64 streams up', 'upload', 64),
  {
    ...small,
    name: '2,000 small requests',
    unit: '1/s',
    concurrency: 32,
    figure: (seconds) => 2_000 / seconds,
  },
  {
    ...small,
    name: 'p99 of a small request',
    unit: 'ms',
    concurrency: 4,
    figure: (_, p99Ms) => p99Ms,
    isLess: true,
  },
];

const PROXIES: readonly Proxy[] = [
  {
    name: 'gateway',
    address: '127.200.0.1',
    port: 3128,
    target: `origin.test:${ORIGIN_PORT}`,
    start: startGateway,
  },
  { name: 'squid', address: '127.0.0.1', port: 3129, target: `127.0.0.1:${ORIGIN_PORT}`, start: startSquid },
  {
    name: 'tinyproxy',
    address: '127.0.0.1',
    port: 3130,
    target: `127.0.0.1:${ORIGIN_PORT}`,
    start: startTinyproxy,
  },
];

/** Runs the comparison and prints a table. */
export async function main(args: readonly string[]): Promise<void> {
  if (!isInside()) return runInside('tunnel', args);
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-tunnel-'));
  const running: ChildProcess[] = [];
  try {
    const load = compileLoad(folder);
    running.push(spawn(load, ['origin', String(ORIGIN_PORT)], { stdio: 'ignore' }));
    for (const proxy of PROXIES) running.push(await proxy.start(folder));
    for (const { address, port } of PROXIES) await untilOpen(address, port);
    const pids = new Map(PROXIES.map((proxy, index) => [proxy, running[index + 1]?.pid ?? 0]));
    const measured = measureAll({ load, folder, pids, rounds: Number(args[0] ?? '7') });
    console.log(table(measured));
    const largestMiB = memoryMiBOf(running[1]?.pid ?? 0, 'VmHWM');
    console.log(`\ngateway, at its largest: ${Math.round(largestMiB)} MiB`);
  } finally {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function compileLoad(folder: string): string {
  const program = join(folder, 'tunnel-load');
  const { status } = spawnSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'tunnel-load.c')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the load generator needs a C compiler');
  writeFileSync(
    join(folder, 'hello'),
    clientHello({ serverName: 'origin.test', extensions: [[0xaaaa, Buffer.alloc(400)]] }),
  );
  return program;
}

interface Figure {
  readonly value: number;
  /** The processor time that the proxy used for it. */
  readonly cpuMs: number;
}

/** One figure per round, by workload and proxy. */
type Measured = ReadonlyMap<Workload, ReadonlyMap<Proxy, readonly Figure[]>>;

interface Measurement {
  readonly load: string;
  readonly folder: string;
  readonly pids: ReadonlyMap<Proxy, number>;
  readonly rounds: number;
}

function measureAll(measurement: Measurement): Measured {
  const all = new Map(
    WORKLOADS.map((workload) => [workload, new Map(PROXIES.map((proxy) => [proxy, [] as Figure[]]))]),
  );
  for (let round = 0; round < WARM_UP_ROUNDS + measurement.rounds; round += 1) {
    for (const [workload, figures] of all) {
      for (let turn = 0; turn < PROXIES.length; turn += 1) {
        const proxy = PROXIES[(turn + round) % PROXIES.length];
        if (proxy === undefined) continue;
        const figure = measure(measurement, workload, proxy);
        if (round >= WARM_UP_ROUNDS) figures.get(proxy)?.push(figure);
      }
    }
  }
  return all;
}

function measure({ load, folder, pids }: Measurement, workload: Workload, proxy: Proxy): Figure {
  const { mode, concurrency, requests, bytes } = workload;
  const where = [proxy.address, String(proxy.port), proxy.target];
  const amounts = [concurrency, requests, bytes].map(String);
  const before = cpuMsOf(pids.get(proxy) ?? 0);
  const { stdout, stderr, status } = spawnSync(load, [mode, ...where, ...amounts, join(folder, 'hello')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${workload.name} through ${proxy.name}: ${stderr}`);
  const [seconds = 0, , p99Ms = 0] = stdout.trim().split(' ').map(Number);
  return { value: workload.figure(seconds, p99Ms), cpuMs: cpuMsOf(pids.get(proxy) ?? 0) - before };
}

function table(measured: Measured): string {
  const names = PROXIES.map(({ name }) => name).join(' | ');
  const head =
    `| | ${names} | gateway to squid | goal | processor time, squid to gateway |\n` +
    `| --- | ${'--: | '.repeat(PROXIES.length)}--: | --- | --: |`;
  return [head, ...[...measured].map(([workload, figures]) => row(workload, figures))].join('\n');
}

function row(workload: Workload, figures: ReadonlyMap<Proxy, readonly Figure[]>): string {
  const values = PROXIES.map((proxy) => figures.get(proxy) ?? []);
  const [gateway = [], squid = []] = values;
  // Compares each round separately: a slow moment of the machine affects both.
  const ratioOf = (pick: (figure: Figure) => number): number =>
    median(gateway.map((figure, round) => pick(figure) / pick(squid[round] ?? figure)));
  const ratio = workload.isLess ? 1 / ratioOf(({ value }) => value) : ratioOf(({ value }) => value);
  const shown = values.map((all) => median(all.map(({ value }) => value))).map(plain);
  const wanted = workload.goal >= 1 ? `at least ${workload.goal}x` : 'level';
  const goal = `${ratio >= workload.goal ? 'held' : 'MISSED'} (${wanted})`;
  const cpu = (1 / ratioOf(({ cpuMs }) => cpuMs)).toFixed(2);
  return `| ${workload.name}, ${workload.unit} | ${shown.join(' | ')} | ${ratio.toFixed(2)} | ${goal} | ${cpu} |`;
}

const plain = (value: number): string => value.toFixed(value < 100 ? 2 : 0);

async function startGateway(folder: string): Promise<ChildProcess> {
  const config: GatewayConfig = {
    bottleId: 'bench',
    policy: {
      allow: [
        { id: 'bench', host: 'origin.test', port: ORIGIN_PORT, scheme: 'https', addresses: ['127.0.0.1'] },
      ],
      deny: [],
    },
    gatewayAddress: '127.200.0.1',
    sockets: { kind: 'listen', address: '127.200.0.1' },
    auditPath: join(folder, 'egress.jsonl'),
    hostAddresses: [],
  };
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(config));
  const program = await buildGateway();
  return spawn(process.execPath, [...GATEWAY_FLAGS, program, join(folder, 'gateway.json')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function startSquid(folder: string): Promise<ChildProcess> {
  spawnSync('chmod', ['0777', folder]);
  const lines = ['http_port 127.0.0.1:3129', 'http_access allow all', 'cache deny all', 'pid_filename none'];
  const logs = [`access_log stdio:${folder}/squid.log`, 'cache_log /dev/null', 'visible_hostname bench'];
  writeFileSync(join(folder, 'squid.conf'), `${[...lines, ...logs].join('\n')}\n`);
  return spawn('squid', ['-N', '-f', join(folder, 'squid.conf')], { stdio: 'ignore' });
}

async function startTinyproxy(folder: string): Promise<ChildProcess> {
  const lines = [
    'Port 3130',
    'Listen 127.0.0.1',
    'MaxClients 500',
    `LogFile "${folder}/tinyproxy.log"`,
    'LogLevel Connect',
  ];
  writeFileSync(join(folder, 'tinyproxy.conf'), `${lines.join('\n')}\n`);
  return spawn('tinyproxy', ['-d', '-c', join(folder, 'tinyproxy.conf')], { stdio: 'ignore' });
}
