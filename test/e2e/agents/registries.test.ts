import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXPECTED, makeRegistryBench, type RegistryBench } from '../../support/registries/bench.ts';
import { CLIENT_CASES } from '../../support/registries/clients.ts';
import { RUNTIMES } from '../../support/home.ts';

/**
 * A real package client in bottles, with only a preset. Its registry is a stand-in on this host, named by the client's
 * own configuration, because the test hosts cannot reach the public one. Other clients: registry-clients.test.ts.
 */

let bench: RegistryBench;
beforeAll(async () => {
  bench = await makeRegistryBench();
});
afterAll(async () => await bench[Symbol.asyncDispose]());

/** None of our images has Go: the project brings the go program alone, which downloads without the rest. */
const GO_PROGRAM = { 'goroot/bin': '/usr/lib/go/bin', 'goroot/VERSION': '/usr/lib/go/VERSION' };

test.each(RUNTIMES)(
  'on %s Go downloads a module, and neither uploads nor reaches another host',
  async (runtime) => {
    const script = `export GOROOT=/work/goroot PATH="/work/goroot/bin:$PATH"; ${CLIENT_CASES.go.script}`;
    const { stdout, stderr } = await bench.run(
      { ...CLIENT_CASES.go, script },
      { runtime, brings: GO_PROGRAM },
    );
    expect(stdout.trim().split('\n'), stderr).toEqual(EXPECTED);
    expect(bench.requests()).toContain(`GET ${CLIENT_CASES.go.asked}`);
    expect(bench.requests().filter((request) => request.startsWith('PUT'))).toEqual([]);
  },
);
