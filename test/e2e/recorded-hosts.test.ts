import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOSTS, type HostKind } from '../../src/drivers/engine/hosts/table.ts';
import { packageRoot } from '../../src/host/paths.ts';
import { makeHome, type Home } from '../support/home.ts';

/** What who has another host is told by `start` and `doctor`: a stand-in says what Docker said there (test/golden/hosts). */

interface Recorded {
  readonly engine: string;
  readonly said: object;
  readonly expected: { readonly kind: HostKind; readonly refusal: object | null };
}

const FOLDER = join(packageRoot(), 'test/golden/hosts');

/** Those that are refused here as well, where the kernel is another: but what is rootless is remote first. */
const REFUSED = readdirSync(FOLDER)
  .map((file) => [file, JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recorded] as const)
  .filter(([, { engine, expected }]) => engine === 'docker' && expected.refusal !== null)
  .filter(([, { expected }]) => expected.kind !== 'docker-rootless');

let home: Home;
let server: Server;
let said: object = {};
let asked: string[] = [];
let socketPath: string;

beforeAll(async () => {
  home = makeHome({ forgets: ['probes'] });
  const dir = join(home.dir, 'engine');
  mkdirSync(dir);
  socketPath = join(dir, 's');
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await home.remove();
});

const env = () => ({ DOCKER_HOST: `unix://${socketPath}` });

/** As a terminal of any width breaks lines. */
const words = (text: string): string => text.replaceAll(/\s+/g, ' ');

test.each(REFUSED)(
  '%s: start says what it is, why not, and what to type, and makes nothing',
  async (_file, host) => {
    [said, asked] = [host.said, []];
    const manifest = home.manifest({
      bottles: { box: { workspace: 'none' } },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    });
    const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--engine', 'docker'];
    const { code, stdout, stderr } = await home.run([...args, '--runtime', 'runc', '--', 'true'], {
      env: env(),
    });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    const { title, why, next } = HOSTS[host.expected.kind];
    for (const each of [title, why, next]) expect(words(stderr)).toContain(words(each));
    expect(asked.filter((line) => !/^GET \S+\/info$/.test(line))).toEqual([]);
    expect(await home.list()).toEqual([]);
  },
);

test.each(REFUSED.filter(([file]) => file === 'orbstack.json'))(
  '%s: doctor says it of every rung of that engine',
  async (_file, host) => {
    [said, asked] = [host.said, []];
    const { stdout } = await home.must(['doctor', '--json'], { env: env(), timeoutMs: 240_000 });
    const { rungs } = JSON.parse(stdout) as {
      rungs: readonly { engine: string; status: string; reason: string; fix: string }[];
    };
    const { title, why, next } = HOSTS[host.expected.kind];
    const ofDocker = rungs.filter(({ engine }) => engine === 'docker');
    expect(ofDocker.length).toBeGreaterThan(1);
    for (const { status, reason, fix } of ofDocker)
      expect({ status, reason, fix }).toEqual({ status: 'installed', reason: `${title}: ${why}`, fix: next });
  },
);
