import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dropIn, dropScript } from '../../src/drivers/container/bridge/drop.ts';
import { sourceCheckIn, sourceCheckScript } from '../../src/drivers/container/bridge/source-check.ts';
import { ensureProbeImage, PROBE_IMAGE } from '../../src/drivers/container/probe/image.ts';
import type { ListedImage } from '../../src/drivers/image/import-image.ts';
import { IMAGE_LABEL } from '../../src/drivers/image/recipe.ts';
import { ensureDistributionKernel } from '../../src/drivers/microvm/guest/distribution-kernel.ts';
import { run, runOrThrow } from '../../src/host/run.ts';
import { makeDebian12, runInNetwork, startPodman, type PodmanOfDebian12 } from '../support/debian-12.ts';

/**
 * Debian 12 as it comes: its nft 1.0.6, its Podman 4.3, its kernel package. What a folder on another host's kernel cannot show, or is
 * not shown yet: a bottle in its Podman, a machine of its QEMU with that kernel, Docker 20.10, systemd.
 */

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-debian-12-'));
const rootDir = join(folder, 'root');

beforeAll(async () => {
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  await makeDebian12(rootDir);
}, 600_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  // Its mounts were in namespaces that have ended. Where one is left, better a folder left than what is mounted gone.
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  if (mounts.includes(` ${folder}/`))
    throw new Error(`there are mounts below ${folder}: unmount them, then remove it`);
  rmSync(folder, { recursive: true });
});

describe('its nft', () => {
  const [TABLE, BRIDGE] = ['bot_bottle_debian', 'bb-debian'];
  const inIt = async (script: string): Promise<string> => await runInNetwork(rootDir, BRIDGE, script);

  it('is one whose JSON does not name the device of a chain', async () => {
    expect(await inIt('nft --version')).toContain('v1.0.6');
    const json = await inIt(`${dropScript(TABLE, BRIDGE)} >/dev/null; nft --json list table netdev ${TABLE}`);
    expect(json).toContain('"policy": "drop"');
    expect(json).not.toContain(BRIDGE);
  });

  it('installs the drop, and what it prints is read as that', async () => {
    const said = await inIt(dropScript(TABLE, BRIDGE));
    expect(dropIn(said, TABLE, BRIDGE)).toBe(`netdev ${TABLE}: ingress of ${BRIDGE}, policy drop`);
    const open = await inIt(dropScript(TABLE, BRIDGE).replace('policy drop', 'policy accept'));
    expect(dropIn(open, TABLE, BRIDGE)).toBeUndefined();
  });

  it('installs the check of forged sources, and what it prints is read as that', async () => {
    const said = await inIt(sourceCheckScript());
    expect(sourceCheckIn(said, undefined)).toContain('strict reverse path');
  });
});

describe('its Podman', () => {
  let podman: PodmanOfDebian12;
  beforeAll(async () => {
    podman = await startPodman(rootDir);
  }, 60_000);
  afterAll(async () => await podman.end());

  const ofProbe = async (): Promise<string[]> => {
    const query = { filters: JSON.stringify({ label: [`${IMAGE_LABEL}=probe`] }) };
    const listed = await podman.client.call<ListedImage[]>({ method: 'GET', path: '/images/json', query });
    return listed
      .map(({ RepoTags }) => RepoTags?.join() ?? '')
      .toSorted((one, other) => one.localeCompare(other));
  };

  /** As earlier versions did. */
  async function importWithTagApart(name: string): Promise<void> {
    const content = Readable.from([
      Buffer.from(await runOrThrow('tar', ['--create', '--directory=/', name])),
    ]);
    const [repo, tag] = PROBE_IMAGE.split(':');
    const query = { fromSrc: '-', repo: repo ?? '', tag: tag ?? '', changes: `LABEL ${IMAGE_LABEL}=probe` };
    const answer = await podman.client.stream({ method: 'POST', path: '/images/create', query, content });
    await answer.resume().toArray();
  }

  it('ignores the tag of an import where it is apart, and leaves the images without their name', async () => {
    const version = await podman.client.call<{ Version: string }>({ method: 'GET', path: '/libpod/version' });
    expect(version.Version).toMatch(/^4\.3\./);
    await importWithTagApart('bin');
    await importWithTagApart('sbin');
    expect(await ofProbe()).toEqual(['', PROBE_IMAGE.replace(':1', ':latest')]);
  });

  it('has the image of a probe by its name, and none of those that were left', async () => {
    const id = await ensureProbeImage(podman.client, signal);
    expect(await ofProbe()).toEqual([PROBE_IMAGE]);
    expect(await ensureProbeImage(podman.client, signal)).toBe(id);
  });
});

describe('its kernel package', () => {
  it('is downloaded and unpacked, with the modules that a machine loads', async () => {
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    const write = (name: string, script: string): void =>
      writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    write('apt-cache', `exec chroot ${rootDir} apt-cache "$@"`);
    write('apt-get', `chroot ${rootDir} sh -c "cd /tmp && apt-get $*" && mv ${rootDir}/tmp/*.deb .`);
    vi.stubEnv('PATH', `${programs}:${process.env['PATH'] ?? ''}`);
    const kernel = await ensureDistributionKernel({ progress: () => undefined, signal });
    expect(kernel.release).toMatch(/^6\.1\..*-cloud-amd64$/);
    expect(kernel.modules.map(({ name }) => name)).toContain('virtio_blk');
    expect((await run('file', ['--brief', kernel.vmlinuxPath])).stdout).toContain('ELF 64-bit');
  }, 120_000);
});
