import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { HOSTS, type HostKind } from '../../engine/hosts/table.ts';
import type { CheckContext, Rung } from '../../driver.ts';
import { createDocker } from '../engine/docker.ts';
import { createPodman } from '../engine/podman.ts';
import { rungsOf } from '../rungs.ts';
import { checkRung } from './check-rung.ts';

/**
 * A fake Docker that returns an answer recorded on another host, and records all further requests: on these hosts,
 * none. And a fake `podman` of a Mac, which is only a client and has no `system service`.
 */

const FOLDER = join(import.meta.dirname, '../../../../test/golden/hosts');

interface Recorded {
  readonly engine: string;
  readonly said: object;
  readonly expected: { readonly kind: HostKind; readonly refusal: object | null };
}

const readRecorded = (file: string): Recorded =>
  JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recorded;

/**
 * The hosts that are also refused here, on another kernel. A rootless Docker is excluded: it is first seen as remote.
 */
const REFUSED = readdirSync(FOLDER)
  .map((file) => [file, readRecorded(file)] as const)
  .filter(([, { engine, expected }]) => engine === 'docker' && expected.refusal !== null)
  .filter(([, { expected }]) => expected.kind !== 'docker-rootless');

let folder: string;
let server: Server;
let said: object = {};
let asked: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bb-hosts-'));
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => vi.stubEnv('DOCKER_HOST', `unix://${join(folder, 's')}`));
afterEach(() => vi.unstubAllEnvs());

const contextOf = (): CheckContext => ({
  id: 'probe-hosts',
  dir: '/nowhere',
  isAskedFor: false,
  record: async (resource) => {
    throw new Error(`nothing is made here: ${JSON.stringify(resource)}`);
  },
  signal: new AbortController().signal,
});

const [runc] = rungsOf('docker') as [Rung];

test.each(REFUSED)(
  "%s is refused before anything starts, with the host's kind and the command to type",
  async (_file, recorded) => {
    said = recorded.said;
    asked = [];
    const check = await checkRung(createDocker(), runc, contextOf());
    const { title, why, next } = HOSTS[recorded.expected.kind];
    expect(check).toEqual({
      rung: runc,
      status: 'installed',
      reason: `${title}: ${why}`,
      fix: next,
      evidence: { host: title },
    });
    expect(asked).toEqual(['GET /v1.44/info']);
  },
);

test('a podman that is only a client of a machine is reported as one, whatever else is installed', async () => {
  const answer = join(folder, 'info.json');
  writeFileSync(answer, JSON.stringify(readRecorded('podman-machine-mac.json').said));
  const program = [
    '#!/bin/sh',
    `if [ "$1" = info ]; then exec cat '${answer}'; fi`,
    'echo "Error: unrecognized command: podman system service" >&2; exit 125',
  ];
  writeFileSync(join(folder, 'podman'), program.join('\n'), { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  const [rung] = rungsOf('podman') as [Rung];
  const { status, reason, fix, evidence } = await checkRung(createPodman(), rung, contextOf());
  const { title, why, next } = HOSTS['podman-machine'];
  expect({ status, reason, fix, evidence }).toEqual({
    status: 'installed',
    reason: `${title}: ${why}`,
    fix: next,
    evidence: { host: title },
  });
});
