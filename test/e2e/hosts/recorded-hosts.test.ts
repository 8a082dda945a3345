import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOSTS, type HostKind } from '../../../src/drivers/engine/hosts/table.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { findProgram } from '../../../src/host/system/programs.ts';
import { makeHome, type Home } from '../../support/home.ts';

/**
 * The messages of `start` and `doctor` for users of other hosts: stand-ins repeat the answers of Docker or Podman there
 * (test/golden/hosts).
 */

interface Recorded {
  readonly engine: string;
  readonly said: object;
  readonly expected: { readonly kind: HostKind; readonly refusal: object | null };
}

const FOLDER = join(packageRoot(), 'test/golden/hosts');

/** Recorded hosts that are refused on this kernel too. Leaves out rootless Docker, which is first refused as remote. */
const REFUSED = readdirSync(FOLDER)
  .map((file) => [file, JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recorded] as const)
  .filter(([, { expected }]) => expected.refusal !== null && expected.kind !== 'docker-rootless');

let home: Home;
let server: Server;
let said: object = {};
let asked: string[] = [];
let dir: string;

/** The programs that `doctor` itself runs: no other rung is installed, so it tries none. */
const PROGRAMS = ['node', 'perl', 'sh', 'cat', 'mkdir', 'rm', 'git', 'tar'];

/** `podman` as a client only, without its own service: podman-remote(1). */
const CLIENT = `#!/bin/sh
case "$*" in
  'info --format json') exec cat "\${0%/*}/said.json" ;;
  *'system service'*) echo 'Error: unrecognized command: podman system service' >&2; exit 125 ;;
  *) echo 'the stand-in of podman was asked for what it has not' >&2; exit 99 ;;
esac
`;

beforeAll(async () => {
  home = makeHome({ forgets: ['probes'] });
  dir = join(home.dir, 'engine');
  mkdirSync(dir);
  for (const name of PROGRAMS) symlinkSync(findProgram(name) ?? '', join(dir, name));
  writeFileSync(join(dir, 'podman'), CLIENT, { mode: 0o755 });
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(join(dir, 's'), resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await home.remove();
});

const env = (path: string) => ({ DOCKER_HOST: `unix://${join(dir, 's')}`, PATH: path });

/** Sets the answers: the recorded one for the engine under test, and one that describes no host for the other. */
function sayAs(host: Recorded): void {
  said = host.engine === 'docker' ? host.said : {};
  asked = [];
  writeFileSync(join(dir, 'said.json'), host.engine === 'podman' ? JSON.stringify(host.said) : '{');
}

/** Removes the line breaks of a terminal of any width. */
const words = (text: string): string => text.replaceAll(/\s+/g, ' ');

test('there are at least twenty recorded hosts', () => expect(REFUSED.length).toBeGreaterThanOrEqual(20));

test.each(REFUSED)(
  '%s: start names the host, the reason and the command to type, and creates nothing',
  async (_file, host) => {
    sayAs(host);
    const manifest = home.manifest({
      bottles: { box: { workspace: 'none' } },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    });
    const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--engine', host.engine];
    const { code, stdout, stderr } = await home.run([...args, '--runtime', 'runc', '--', 'true'], {
      env: env(`${dir}:${process.env['PATH'] ?? ''}`),
    });
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    const { title, why, next } = HOSTS[host.expected.kind];
    for (const each of [title, why, next]) expect(words(stderr)).toContain(words(each));
    expect(asked.filter((line) => !/^GET \S+\/info$/.test(line))).toEqual([]);
    expect(await home.list()).toEqual([]);
  },
);

test.each(REFUSED)('%s: doctor says the same of every rung of that engine', async (_file, host) => {
  sayAs(host);
  const { stdout } = await home.must(['doctor', '--json'], { env: env(dir) });
  const { rungs } = JSON.parse(stdout) as {
    rungs: readonly { engine: string; status: string; reason: string; fix: string }[];
  };
  const { title, why, next } = HOSTS[host.expected.kind];
  const itsRungs = rungs.filter(({ engine }) => engine === host.engine);
  expect(itsRungs.length).toBeGreaterThan(1);
  for (const { status, reason, fix } of itsRungs)
    expect({ status, reason, fix }).toEqual({ status: 'installed', reason: `${title}: ${why}`, fix: next });
});
