import { bridgeName } from '../../../src/contracts/host-names.ts';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dropTableName, innerNetworkName, outerNetworkName } from '../../../src/drivers/container/names.ts';
import { run } from '../../../src/host/run.ts';
import { processesWith } from '../../support/traces.ts';
import type { Bench } from './bench.ts';
import { standInDir } from './program.ts';
import { traitsOf, type RungUnderTest } from './rung.ts';
import { runDirOf } from './state.ts';

/** What exists of a bottle apart from its record, by kind; empty if nothing is left. */
export type Leftovers = Readonly<Record<string, readonly string[]>>;

/** Searches the host, the rung's engine or store, and the networks. */
export async function leftoversOf(bench: Bench, id: string): Promise<Leftovers> {
  const found: Record<string, readonly string[]> = {
    // In the host's view, for all users: the program only finds processes of its own user.
    processes: processesWith([id]).map(({ text }) => text),
    mounts: linesWith(readFileSync('/proc/self/mounts', 'utf8'), id),
    'run folder': existsSync(runDirOf(bench, id)) ? [runDirOf(bench, id)] : [],
    ...(await engineLeftovers(bench.rung, id)),
    ...(await storeLeftovers(bench, id)),
    ...(await networkLeftovers(id)),
  };
  return Object.fromEntries(Object.entries(found).filter(([, things]) => things.length > 0));
}

async function engineLeftovers(rung: RungUnderTest, id: string): Promise<Record<string, readonly string[]>> {
  if (!traitsOf(rung).hasEngine) return {};
  const { engine } = rung;
  const [containers, networks, volumes] = await Promise.all(
    [
      ['ps', '--all', '--format', '{{.Names}}'],
      ['network', 'ls', '--format', '{{.Name}}'],
      ['volume', 'ls', '--format', '{{.Name}}'],
    ].map(async (args) => linesWith((await run(engine, args)).stdout, id)),
  );
  return { containers: containers ?? [], networks: networks ?? [], volumes: volumes ?? [] };
}

/** Uses the stand-in's own store, if there is one: only this test's programs have it in their PATH. */
async function storeLeftovers(
  { rung, program }: Bench,
  id: string,
): Promise<Record<string, readonly string[]>> {
  if (!traitsOf(rung).hasOwnStore) return {};
  const standIn = join(standInDir(program.dir), 'bin', 'container');
  const called = existsSync(standIn) ? standIn : 'container';
  const { stdout } = await run(called, ['ls', '--all', '--quiet']);
  return { machines: linesWith(stdout, id) };
}

/** Its bridges and firewall tables, whose names are digests of its networks' names. */
async function networkLeftovers(id: string): Promise<Record<string, readonly string[]>> {
  const networks = [innerNetworkName(id), outerNetworkName(id)];
  const [links, tables] = await Promise.all([run('ip', ['-brief', 'link']), run('nft', ['list', 'tables'])]);
  return {
    bridges: networks.flatMap((network) => linesWith(links.stdout, bridgeName(network))),
    'firewall tables': networks.flatMap((network) => linesWith(tables.stdout, dropTableName(network))),
  };
}

const linesWith = (text: string, part: string): string[] =>
  text.split('\n').filter((line) => line.includes(part));
