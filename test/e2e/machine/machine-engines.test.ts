import { chmodSync, copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { ensureDefaultImage } from '../../../src/drivers/image/default-image.ts';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import { cacheDir } from '../../../src/host/paths.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';
import { processesWith } from '../../support/traces.ts';

/** Virtual machines from images of each engine that can export their files. */

const STARTED_MS = 240_000;
const PODMANS = 'localhost/bot-bottle-test/machine-of-podman:1';
const basesDir = join(cacheDir(), 'bases');
let home: Home;
let basesBefore: readonly string[];

beforeAll(async () => {
  home = makeHome();
  const work = { progress: () => undefined, signal: new AbortController().signal };
  await ensureDefaultImage(unlessMissing(await createDocker().connect('runc')), work);
  basesBefore = readdirSync(basesDir);
}, 600_000);

afterAll(async () => {
  await run('podman', ['rmi', '--force', PODMANS]);
  for (const name of readdirSync(basesDir).filter(
    (name) => name.startsWith('image-') && !basesBefore.includes(name),
  ))
    rmSync(join(basesDir, name), { recursive: true });
  await home.remove();
});

test('a machine uses an image that only Podman has', async () => {
  const lines = ['FROM scratch', 'COPY busybox /opt/busybox', 'COPY marker /marker', 'ENV HAD=podman'];
  const dir = home.project('of-podman', { marker: 'made by podman\n', Dockerfile: `${lines.join('\n')}\n` });
  copyFileSync('/usr/bin/busybox', join(dir, 'busybox'));
  await runOrThrow('podman', ['build', '--tag', PODMANS, dir], { timeoutMs: 120_000 });
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', image: PODMANS } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu', '--'];
  const look = ['/opt/busybox', 'sh', '-c', 'cat /marker; echo "$HAD"'];
  const ended = await home.run([...args, ...look], { timeoutMs: STARTED_MS });
  expect(ended).toMatchObject({ code: 0, stdout: 'made by podman\npodman\n' });
  const id = await runOrThrow('podman', ['image', 'inspect', '--format', '{{.Id}}', PODMANS]);
  const [row] = await home.list();
  const { evidence } = home.receipt(row?.id ?? '');
  expect(evidence['image']?.replace('sha256:', '')).toBe(`${PODMANS} ${id.trim()} of podman`);
  expect(await runOrThrow('podman', ['ps', '--all', '--quiet', '--filter', 'name=bot-bottle-image'])).toBe(
    '',
  );
});

test("an engine makes the default image's files where mmdebstrap is missing", async () => {
  const other = makeHome({ forgets: ['images', 'bases'] });
  try {
    const programs = other.project('programs', { mmdebstrap: '#!/bin/sh\nexit 1\n' });
    chmodSync(join(programs, 'mmdebstrap'), 0o755);
    const manifest = other.manifest({
      bottles: { box: { workspace: 'none' } },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    });
    const args = ['start', 'worker', other.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu', '--'];
    const env = { PATH: `${programs}:${process.env['PATH'] ?? ''}` };
    const ended = await other.run([...args, 'node', '--version'], { env, timeoutMs: STARTED_MS });
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^v\d+\./) as string });
    expect(ended.stderr).toContain(`taking the files out of ${defaultImageReference()}`);
    const own = readdirSync(join(other.dir, 'cache', 'bot-bottle', 'images'));
    expect(own.filter((name) => name.endsWith('.tar'))).toEqual([]);
  } finally {
    await other.remove();
  }
});

test('a host without an engine is reported before anything starts, with the remedy', async () => {
  const env = { DOCKER_HOST: 'unix:///nonexistent/docker.sock', XDG_RUNTIME_DIR: '/nonexistent' };
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', image: 'example.invalid/none:1' } },
    agents: { lonely: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'lonely', home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
  const ended = await home.run([...args, '--', 'true'], { env, timeoutMs: STARTED_MS });
  expect(ended.code).toBe(5);
  expect(ended.stderr).toContain('no container engine answers');
  expect(ended.stderr).toContain('leave out `image:`');
  expect((await home.list()).filter(({ agent }) => agent === 'lonely')).toEqual([]);
  expect(processesWith(['lonely-'])).toEqual([]);
});
