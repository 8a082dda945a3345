import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXPECTED, makeRegistryBench, type RegistryBench, type Where } from '../support/registries/bench.ts';
import { CLIENT_CASES } from '../support/registries/clients.ts';
import { makeClientsImage } from '../support/registries/image.ts';
import { run } from '../../src/host/run.ts';

/** All package clients that Debian has, as registries.test.ts tries Go: with a preset alone, and stand-ins for their registries. */

type Name = keyof typeof CLIENT_CASES;
const OF_HOST = Object.keys(CLIENT_CASES) as Name[];
/** Gradle and Composer would bring half of Debian's Java, and PHP, into the image. */
const NOT_IN_IMAGE: readonly Name[] = ['gradle', 'composer'];
const OF_IMAGE = OF_HOST.filter((name) => !NOT_IN_IMAGE.includes(name));

let bench: RegistryBench;
beforeAll(async () => {
  bench = await makeRegistryBench();
});
afterAll(async () => await bench[Symbol.asyncDispose]());

/** What a run comes to. */
interface Result {
  readonly said: readonly string[];
  readonly isFetched: boolean;
  readonly uploads: readonly string[];
}

const WELL: Result = { said: EXPECTED, isFetched: true, uploads: [] };

async function outcomeOf(name: Name, where: Where): Promise<Result> {
  const { stdout, stderr } = await bench.run(CLIENT_CASES[name], where);
  const said = stdout.trim().split('\n');
  const requests = bench.requests();
  return {
    said: said.length === EXPECTED.length ? said : [...said, stderr],
    isFetched: requests.includes(`GET ${CLIENT_CASES[name].asked}`),
    uploads: requests.filter((request) => request.startsWith('PUT')),
  };
}

test.each(OF_HOST)(
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

  test.each(OF_IMAGE)(
    '%s downloads a package, and neither uploads nor reaches another host',
    async (name) => {
      expect(await outcomeOf(name, { runtime, image })).toEqual(WELL);
    },
  );
});
