import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOrigin } from './gateway.ts';
import { makeAuthorities } from './gateway/authorities.ts';
import { clientArgs, compileLoad, HOST_NAME, runClient, type Way, type Work } from './gateway/load.ts';
import { GATEWAY_PORT, startGateway } from './gateway/ours.ts';
import { median } from './median.ts';
import { isInside, runInside } from './network.ts';
import { cpuMsOf } from './processes.ts';

/**
 * A bottle whose neighbour floods: the p99 of the bottle's small requests through opened TLS while the neighbour rests,
 * while it floods the same host without a gateway, through its own gateway, and, for comparison, through the gateway of
 * the measured bottle, as if all bottles shared one.
 *   npm run bench -- neighbour [ROUNDS]
 */

const ASKED: Work = { protocol: 'h1', direction: 'down', concurrency: 4, requests: 2_000, bytes: 1_024 };
const FLOOD: Work = { ...ASKED, concurrency: 32, requests: 1_000_000 };
/**
 * A neighbour with its own gateway may cost its share of the processor, and must cost less than one that shares the
 * gateway.
 */
const GOAL_OF_SHARED = 1;

/** Runs the comparison and prints its table. */
export async function main(args: readonly string[]): Promise<void> {
  const [rounds = '7'] = args;
  const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-neighbour-'));
  const running: ChildProcess[] = [];
  try {
    if (!isInside()) {
      const hostsPath = join(folder, 'hosts');
      writeFileSync(hostsPath, `127.0.0.1 localhost\n127.0.0.1 ${HOST_NAME}\n`);
      return runInside('neighbour', args, hostsPath);
    }
    const programs = compileLoad(folder);
    const place = { folder, authorities: makeAuthorities(folder, HOST_NAME) };
    const direct = await startOrigin(programs.origin, place, running);
    const open = async (name: string, address: string): Promise<Way & { readonly pid: number }> => {
      const { process: child, authorityPath } = await startGateway(place, { address });
      running.push(child);
      return { name, address, port: GATEWAY_PORT, kind: 'connect', authorityPath, pid: child.pid ?? 0 };
    };
    const [own, neighbours] = [await open('own', '127.200.0.1'), await open('neighbour', '127.200.0.2')];
    const floods = new Map<string, Way | undefined>([
      ['no flood', undefined],
      ['by no gateway', direct],
      ['by a gateway of its own', neighbours],
      ['by the same gateway', own],
    ]);
    console.log(table(measure({ client: programs.client, own, floods }, Number(rounds))));
    console.log(
      `\nprocessor time: ${cpuMsOf(own.pid)} ms own, ${cpuMsOf(neighbours.pid)} ms the neighbour's`,
    );
  } finally {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Setting {
  readonly client: string;
  readonly own: Way;
  readonly floods: ReadonlyMap<string, Way | undefined>;
}

type Measured = ReadonlyMap<string, readonly number[]>;

/** Returns the p99 in ms of each round, by kind of flood. */
function measure({ client, own, floods }: Setting, rounds: number): Measured {
  const all = new Map([...floods.keys()].map((name) => [name, [] as number[]]));
  runClient(client, own, ASKED); // warm-up: the code is compiled from now on
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, way] of floods) {
      const flood =
        way === undefined ? undefined : spawn(client, clientArgs(way, FLOOD), { stdio: 'ignore' });
      runClient(client, own, { ...ASKED, requests: ASKED.requests / 10 }); // gives the flood time to begin
      all.get(name)?.push(runClient(client, own, ASKED).p99Ms);
      flood?.kill('SIGKILL');
    }
  }
  return all;
}

function table(measured: Measured): string {
  const alone = measured.get('no flood') ?? [];
  const shared = measured.get('by the same gateway') ?? [];
  const ratio = (figures: readonly number[], to: readonly number[]): number =>
    median(figures.map((figure, round) => figure / (to[round] ?? Number.NaN)));
  const rows = [...measured].map(([name, figures]) => {
    const ofShared = ratio(figures, shared);
    const isOwn = name === 'by a gateway of its own';
    const goal = isOwn ? `${ofShared < GOAL_OF_SHARED ? 'held' : 'MISSED'} (below ${GOAL_OF_SHARED})` : '';
    const cells = [median(figures), ratio(figures, alone), ofShared].map((value) => value.toFixed(2));
    return `| ${[name, ...cells, goal].join(' | ')} |`;
  });
  return [
    '| neighbour floods | p99, ms | to none | to the same gateway | goal |',
    '| --- | --: | --: | --: | --: |',
    ...rows,
  ].join('\n');
}
