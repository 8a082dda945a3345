import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  EXPECTED,
  makeRegistryBench,
  type RegistryBench,
  type Where,
} from '../../support/registries/bench.ts';
import { CLIENT_CASES } from '../../support/registries/clients.ts';
import { installDeno, type InstalledDeno } from '../../support/registries/deno.ts';
import { makeClientsImage } from '../../support/registries/image.ts';
import { run } from '../../../src/host/run.ts';

/**
 * All package clients that Debian or npm provides, tested as registries.test.ts tests Go: with only a preset, and with
 * stand-ins for their registries.
 */

type Name = keyof typeof CLIENT_CASES;
const NAMES = Object.keys(CLIENT_CASES) as Name[];

let deno: InstalledDeno;
let bench: RegistryBench;
beforeAll(async () => {
  deno = await installDeno();
  bench = await makeRegistryBench([deno.folder]);
}, 300_000);
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await deno[Symbol.asyncDispose]();
});

/** The result of one run. */
interface Result {
  readonly said: readonly string[];
  readonly isFetched: boolean;
  readonly uploads: readonly string[];
}

const WELL: Result = { said: EXPECTED, isFetched: true, uploads: [] };

async function outcomeOf(name: Name, where: Where): Promise<Result> {
  // Debian and its images have no Deno: the project brings the program.
  const brings = name === 'deno' ? { deno: join(deno.folder, 'deno') } : {};
  const { stdout, stderr } = await bench.run(CLIENT_CASES[name], { ...where, brings });
  const said = stdout.trim().split('\n');
  const requests = bench.requests();
  return {
    said: said.length === EXPECTED.length ? said : [...said, stderr],
    isFetched: requests.includes(`GET ${CLIENT_CASES[name].asked}`),
    uploads: requests.filter((request) => request.startsWith('PUT')),
  };
}

test.each(NAMES)(
  'on bubblewrap %s downloads a package, and neither uploads nor reaches another host',
  async (name) => {
    expect(await outcomeOf(name, { runtime: 'bubblewrap' })).toEqual(WELL);
  },
);

describe.each(['runc', 'runsc'])('on %s', (runtime) => {
  let image: string;
  beforeAll(async () => {
    image = await makeClientsImage();
  }, 900_000);
  afterAll(async () => {
    if (runtime === 'runsc') await run('docker', ['image', 'rm', '--force', image]);
  });

  test.each(NAMES)('%s downloads a package, and neither uploads nor reaches another host', async (name) => {
    expect(await outcomeOf(name, { runtime, image })).toEqual(WELL);
  });
});
