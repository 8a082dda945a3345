import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AuditLine,
  GatewayConfig,
  GatewayEvent,
  GatewaySecrets,
} from '../../../../src/gateway/config.ts';
import type { WrittenRule } from '../../../../src/gateway/policy/rules.ts';
import { digestOfToken } from '../../../../src/gateway/control/token.ts';
import { GATEWAY_ENV } from '../../../../src/host/system/gateway-node.ts';
import { assetPath, packageRoot } from '../../../../src/host/paths.ts';
import { run, runOrThrow, spawnProgram, type RunOptions, type RunResult } from '../../../../src/host/run.ts';
import { isRoot } from '../../../../src/host/user.ts';
import { buildGateway, bundle } from './bundle.ts';
import { makeCertificates } from './certificates.ts';
import { CONTROL_TOKEN } from './control-token.ts';
import { policyOf } from './policy.ts';

/** A gateway between a bottle and an internet, each in a separate network namespace. */

export const GATEWAY = '127.200.0.1';
const HERE = import.meta.dirname;

/** A report of an origin or a canary about data that it received. */
export type Heard = Readonly<Record<string, unknown>> & { readonly kind: string };

type Process = ReturnType<typeof spawnProgram>;

export class World {
  readonly folder: string;
  readonly heard: Heard[] = [];
  readonly #host: Process;
  readonly #outside: number;
  readonly #others: Process[] = [];
  readonly #program: string;

  private constructor(parts: { folder: string; host: Process; outside: number; program: string }) {
    this.folder = parts.folder;
    this.#host = parts.host;
    this.#outside = parts.outside;
    this.#program = parts.program;
  }

  /** `origins`: the source of the program that is the internet; `resolver`: more lines of the host's resolv.conf. */
  static async open(origins = join(HERE, 'origins.ts'), resolver = ''): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-world-'));
    const server = 'nameserver 198.51.100.1\noptions timeout:1 attempts:2\n';
    writeFileSync(join(folder, 'resolv.conf'), server + resolver);
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost\n203.0.113.10 hosts-file.test Hosts-File\n');
    const subject = ['-subj', '/CN=test', '-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
    await runOrThrow('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      ...subject,
    ]);
    await makeCertificates(folder);
    const program = await buildGateway();
    await bundle(origins, join(folder, 'origins.mjs'));
    const user = isRoot() ? [] : ['--map-root-user'];
    const host = spawnProgram('unshare', [...user, '--net', '--mount', 'sh', `${HERE}/world.sh`, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const outside = Number(await firstLine(host));
    const world = new World({ folder, host, outside, program });
    await Promise.all([world.#listen(['--target', String(outside), '--net']), world.#listen([])]);
    return world;
  }

  /** Ends the world; stop its gateways first. */
  async close(): Promise<void> {
    const all = [...this.#others, this.#host];
    const ends = all.map(async (child) => await once(child, 'exit'));
    for (const child of all) child.stdin?.end();
    await Promise.all(ends);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Waits until data on its way has arrived; returns what was received since `from`, of this kind. */
  async heardSince(from: number, kind?: string): Promise<Heard[]> {
    await sleep(60);
    return this.heard.slice(from).filter((one) => kind === undefined || one.kind === kind);
  }

  /** Returns the command line that runs a command in the gateway's host; `more`: further options of nsenter. */
  inHost(argv: readonly string[], more: readonly string[] = []): readonly string[] {
    const user = isRoot() ? [] : ['--user', '--preserve-credentials'];
    return [
      'nsenter',
      '--target',
      String(this.#host.pid),
      ...user,
      '--net',
      '--mount',
      ...(more.length === 0 ? argv : ['nsenter', ...more, ...argv]),
    ];
  }

  inOutside(argv: readonly string[]): readonly string[] {
    return this.inHost(argv, ['--target', String(this.#outside), '--net']);
  }

  /** Starts a bottle with a gateway that allows these rules. */
  async startGateway(allow: readonly WrittenRule[], more: GatewayOptions = {}): Promise<TestGateway> {
    return await TestGateway.start(this, this.#program, { allow, more });
  }

  /** Starts the origins, here or outside. Each also reports data that must not arrive. */
  async #listen(where: readonly string[]): Promise<void> {
    const argv = ['node', join(this.folder, 'origins.mjs'), this.folder];
    const [program = '', ...args] = this.inHost(argv, where);
    const child = spawnProgram(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#others.push(child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the origins ended')));
      createInterface({ input: child.stdout as Readable }).on('line', (line) => {
        const heard = JSON.parse(line) as Heard;
        if (heard.kind === 'ready') resolve();
        else this.heard.push({ ...heard, where: where.length === 0 ? 'host' : 'outside' });
      });
    });
  }
}

export interface GatewayOptions {
  readonly deny?: readonly WrittenRule[];
  readonly config?: Partial<GatewayConfig>;
  /** Words before the gateway's command line. */
  readonly before?: readonly string[];
  /** Further arguments of the opener. */
  readonly openerArgs?: readonly string[];
  /** A shell script that runs in the bottle's network before it is opened. */
  readonly prepare?: string;
  /** Handed over as the launcher does it. */
  readonly secrets?: GatewaySecrets;
}

export class TestGateway {
  readonly process: Process;
  readonly holder: Process;
  readonly events: GatewayEvent[];
  readonly auditPath: string;
  readonly socketPath: string;
  readonly #world: World;

  private constructor(parts: {
    world: World;
    process: Process;
    holder: Process;
    events: GatewayEvent[];
    auditPath: string;
    socketPath: string;
  }) {
    this.#world = parts.world;
    this.process = parts.process;
    this.holder = parts.holder;
    this.events = parts.events;
    this.auditPath = parts.auditPath;
    this.socketPath = parts.socketPath;
  }

  static async start(
    world: World,
    program: string,
    { allow, more }: { allow: readonly WrittenRule[]; more: GatewayOptions },
  ): Promise<TestGateway> {
    const folder = mkdtempSync(join(world.folder, 'gateway-'));
    const auditPath = more.config?.auditPath ?? join(folder, 'egress.jsonl');
    const socketPath = join(folder, 's');
    const config: GatewayConfig = {
      bottleId: 'test-bottle',
      policy: policyOf(allow, more.deny ?? []),
      gatewayAddress: GATEWAY,
      sockets: { kind: 'handover', socketPath, relayPath: assetPath('handover/relay.pl') },
      hostAddresses: [],
      trustPath: join(world.folder, 'ca.pem'),
      controlPath: join(folder, 'control.sock'),
      controlTokenDigest: digestOfToken(CONTROL_TOKEN),
      ...(more.secrets === undefined ? {} : { hasSecrets: true as const }),
      ...more.config,
      auditPath,
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const [command = '', ...args] = world.inHost([
      'env',
      ...Object.entries(GATEWAY_ENV).map(([name, value]) => `${name}=${value}`),
      ...(more.before ?? []),
      'node',
      program,
      join(folder, 'config.json'),
    ]);
    const gateway = spawnProgram(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    gateway.stdin?.end(more.secrets === undefined ? '' : `${JSON.stringify(more.secrets)}\n`);
    const events: GatewayEvent[] = [];
    const settled = new Promise<void>((resolve) => {
      createInterface({ input: gateway.stdout as Readable }).on('line', (line) => {
        const event = JSON.parse(line) as GatewayEvent;
        events.push(event);
        if (event.event === 'authority') writeFileSync(join(folder, 'authority.pem'), event.certificate);
        else if (event.event !== 'listening') resolve();
      });
      gateway.once('exit', () => resolve());
    });
    const holder = openBottle(world, socketPath, more);
    await settled;
    return new TestGateway({ world, process: gateway, holder, events, auditPath, socketPath });
  }

  /** Runs a command inside the bottle's network. */
  async inBottle(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const [program = '', ...args] = this.#world.inHost(argv, ['--target', String(this.holder.pid), '--net']);
    return await run(program, args, { timeoutMs: 20_000, ...options });
  }

  /** Starts the command as a process that continues to run. */
  spawnInBottle(argv: readonly string[]): Process {
    const [program = '', ...args] = this.#world.inHost(argv, ['--target', String(this.holder.pid), '--net']);
    return spawnProgram(program, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: packageRoot() });
  }

  /** PEM: the authority that the bottle trusts if TLS is opened. */
  get authorityPath(): string {
    return join(dirname(this.socketPath), 'authority.pem');
  }

  /** Returns the status and body of a request by curl, whose arguments define it. */
  async curl(
    ...args: readonly string[]
  ): Promise<{ status: number; body: string; exitCode: number | undefined }> {
    const format = [
      '--silent',
      '--insecure',
      '--max-time',
      '10',
      '--write-out',
      '\n%{http_code} %{http_connect}',
    ];
    const result = await this.inBottle(['curl', ...format, ...args]);
    const [, body = '', status = '', connect = ''] = /^(.*)\n(\d+) (\d+)$/s.exec(result.stdout) ?? [];
    // A refused CONNECT is the answer; an accepted one says nothing about the request after it.
    const refused = Number(connect) >= 400 ? Number(connect) : 0;
    return { status: Number(status) || refused, body, exitCode: result.exitCode };
  }

  /** Sends raw bytes, and returns the answer up to its end. */
  async send(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
    const hex = parts.map((part) => Buffer.from(part as string, 'latin1').toString('hex'));
    const result = await this.inBottle(['node', `${HERE}/send.mjs`, GATEWAY, String(port), ...hex]);
    return Buffer.from(result.stdout, 'hex').toString('latin1');
  }

  /** Returns the log so far. */
  get log(): AuditLine[] {
    const text = readFileSync(this.auditPath, 'utf8');
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditLine]));
  }

  get decisions(): AuditLine[] {
    return this.log.filter(({ event }) => event === 'decision');
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGTERM');
    await once(this.process, 'exit');
  }
}

/** Starts the holder: a network with only a loopback, in which the opener runs. */
function openBottle(world: World, socketPath: string, more: GatewayOptions): Process {
  const opener = [
    'perl',
    assetPath('handover/open.pl'),
    '--socket',
    socketPath,
    '--address',
    GATEWAY,
    '--hold',
    ...(more.openerArgs ?? []),
  ];
  const script = `ip link set lo up\n${more.prepare ?? ''}\nexec "$@"`;
  const [program = '', ...args] = world.inHost(['unshare', '--net', 'sh', '-c', script, 'sh', ...opener]);
  return spawnProgram(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

async function firstLine(child: Process): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as Readable })) return line;
  throw new Error('the world could not be made');
}
