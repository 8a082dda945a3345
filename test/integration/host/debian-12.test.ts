import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DemoReport } from '../../../src/demo/demo.ts';
import { dropIn, dropScript } from '../../../src/drivers/container/bridge/drop.ts';
import { sourceCheckIn, sourceCheckScript } from '../../../src/drivers/container/bridge/source-check.ts';
import { ensureCheckImage, CHECK_IMAGE } from '../../../src/drivers/container/check/image.ts';
import type { ListedImage } from '../../../src/drivers/image/import-image.ts';
import { IMAGE_LABEL } from '../../../src/drivers/image/recipe.ts';
import { ensureDistributionKernel } from '../../../src/drivers/microvm/guest/kernel/distribution-kernel.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import {
  addNode,
  makeDebian12,
  runInDebian12,
  runInNetwork,
  startPodman,
  type PodmanOfDebian12,
} from '../../support/hosts/debian-12.ts';

/**
 * An unmodified Debian 12: its nft 1.0.6, Podman 4.3, Docker 20.10 and kernel package, and bottles in its QEMU, Podman
 * and bubblewrap. docs/TESTING.md names the facts that a folder on another host's kernel cannot show. bot-bottle runs
 * there from `dist`: build first.
 */

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-debian-12-'));
const rootDir = join(folder, 'root');

beforeAll(async () => {
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  await makeDebian12(rootDir);
  await addNode(rootDir, signal);
}, 600_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  // The mounts were in namespaces that have ended. If one is left, a leftover folder is better than the loss of the
  // mounted files.
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  if (mounts.includes(` ${folder}/`))
    throw new Error(`there are mounts below ${folder}: unmount them, then remove it`);
  rmSync(folder, { recursive: true });
});

describe('nft of Debian 12', () => {
  const [TABLE, BRIDGE] = ['bot_bottle_debian', 'bb-debian'];
  const inIt = async (script: string): Promise<string> => await runInNetwork(rootDir, BRIDGE, script);

  it("nft of Debian 12 omits a chain's device from its JSON", async () => {
    expect(await inIt('nft --version')).toContain('v1.0.6');
    const json = await inIt(`${dropScript(TABLE, BRIDGE)} >/dev/null; nft --json list table netdev ${TABLE}`);
    expect(json).toContain('"policy": "drop"');
    expect(json).not.toContain(BRIDGE);
  });

  it('nft of Debian 12 installs the drop, and the readback confirms it', async () => {
    const said = await inIt(dropScript(TABLE, BRIDGE));
    expect(dropIn(said, TABLE, BRIDGE)).toBe(`netdev ${TABLE}: ingress of ${BRIDGE}, policy drop`);
    const open = await inIt(dropScript(TABLE, BRIDGE).replace('policy drop', 'policy accept'));
    expect(dropIn(open, TABLE, BRIDGE)).toBeUndefined();
  });

  it('nft of Debian 12 installs the check of forged sources, and the readback confirms it', async () => {
    const said = await inIt(sourceCheckScript());
    expect(sourceCheckIn(said, undefined)).toContain('strict reverse path');
  });
});

describe('Podman of Debian 12', () => {
  let podman: PodmanOfDebian12;
  beforeAll(async () => {
    podman = await startPodman(rootDir);
  }, 60_000);
  afterAll(async () => await podman.end());

  const ofCheckImage = async (): Promise<string[]> => {
    const query = { filters: JSON.stringify({ label: [`${IMAGE_LABEL}=probe`] }) };
    const listed = await podman.client.call<ListedImage[]>({ method: 'GET', path: '/images/json', query });
    return listed
      .map(({ RepoTags }) => RepoTags?.join() ?? '')
      .toSorted((one, other) => one.localeCompare(other));
  };

  /** Imports as earlier versions did. */
  async function importWithTagApart(name: string): Promise<void> {
    const content = Readable.from([
      Buffer.from(await runOrThrow('tar', ['--create', '--directory=/', name])),
    ]);
    const [repo, tag] = CHECK_IMAGE.split(':');
    const query = { fromSrc: '-', repo: repo ?? '', tag: tag ?? '', changes: `LABEL ${IMAGE_LABEL}=probe` };
    const answer = await podman.client.stream({ method: 'POST', path: '/images/create', query, content });
    await answer.resume().toArray();
  }

  it('Podman of Debian 12 ignores a separate import tag, and leaves images without a name', async () => {
    const version = await podman.client.call<{ Version: string }>({ method: 'GET', path: '/libpod/version' });
    expect(version.Version).toMatch(/^4\.3\./);
    await importWithTagApart('bin');
    await importWithTagApart('sbin');
    expect(await ofCheckImage()).toEqual(['', CHECK_IMAGE.replace(':1', ':latest')]);
  });

  it("Podman of Debian 12 finds the check's image by its name, and none of those left", async () => {
    const id = await ensureCheckImage(podman.client, signal);
    expect(await ofCheckImage()).toEqual([CHECK_IMAGE]);
    expect(await ensureCheckImage(podman.client, signal)).toBe(id);
  });
});

describe('the kernel package of Debian 12', () => {
  it("the kernel package of Debian 12 is downloaded and unpacked, with a machine's modules", async () => {
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

interface Row {
  readonly runtime: string;
  readonly engine: string;
  readonly status: string;
  readonly reason: string;
  readonly fix: string;
}

describe('bot-bottle on Debian 12, as root without a terminal', () => {
  const inIt = async (script: string, ownNetwork = false): Promise<string> => {
    const { exitCode, stdout, stderr } = await runInDebian12(rootDir, script, {
      ownNetwork,
      timeoutMs: 240_000,
    });
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  const writeManifest = (): void => {
    const manifest = {
      bottles: { box: { workspace: 'none', resources: { memory: '512m', disk: '64m' } } },
      agents: { worker: { bottle: 'box', agent: 'shell' } },
    };
    writeFileSync(join(rootDir, 'root/bot-bottle.yaml'), JSON.stringify(manifest));
  };
  const rowsOf = (json: string): readonly Row[] => (JSON.parse(json) as { rungs: readonly Row[] }).rungs;

  it('the demo on Debian 12 installs bubblewrap without a question, says so, and stops every attempt', async () => {
    const script = '! command -v bwrap >&2 && bot_bottle demo --runtime bubblewrap --json </dev/null';
    const said = await runInDebian12(rootDir, script, { ownNetwork: false, timeoutMs: 240_000 });
    expect(said.exitCode, said.stderr).toBe(0);
    expect(said.stderr).toContain('installing it without a question: this is root, without a terminal');
    const { rung, summary } = JSON.parse(said.stdout) as DemoReport;
    expect({ runtime: rung.runtime, held: summary.held }).toEqual({ runtime: 'bubblewrap', held: true });
  }, 240_000);

  it('doctor on Debian 12 names the faults of its Docker 20.10 in one line, and no absent runtime as installed', async () => {
    const script = `
      ip link set lo up
      dockerd --bridge=none --iptables=false --ip6tables=false >/tmp/dockerd.log 2>&1 &
      tries=0
      until docker version >/dev/null 2>&1; do
        tries=$((tries + 1)); [ $tries -lt 100 ] || { cat /tmp/dockerd.log >&2; exit 1; }; sleep 0.2
      done
      docker version --format '{{.Server.Version}}' >/tmp/version
      bot_bottle doctor >/tmp/doctor
      bot_bottle doctor --json >/tmp/doctor.json`;
    await inIt(script, true);
    const [version, text, json] = ['version', 'doctor', 'doctor.json'].map((name) =>
      readFileSync(join(rootDir, 'tmp', name), 'utf8'),
    );
    expect(version).toMatch(/^20\.10\./);
    const rows = rowsOf(json ?? '').filter(({ engine }) => engine === 'docker');
    expect(Object.fromEntries(rows.map(({ runtime, status }) => [runtime, status]))).toEqual({
      kata: 'absent',
      runsc: 'absent',
      runc: 'installed',
      crun: 'installed', // installed with Podman
    });
    expect(new Set(rows.map(({ reason }) => reason))).toEqual(new Set(['this Docker is older than 25']));
    expect(text?.split('install Docker 25 or newer; Debian 12 has it')).toHaveLength(2);
    expect(text).not.toContain('API version');
  }, 120_000);

  it("doctor on Debian 12 names a runsc to install that is not apt's", async () => {
    const [runsc] = rowsOf(await inIt('bot_bottle doctor --json', true)).filter(
      ({ runtime, engine }) => runtime === 'runsc' && engine === 'podman',
    );
    expect(runsc?.status).toBe('absent');
    const isNew = /^(?:6\.(?:1[1-9]|[2-9]\d)|[7-9]|\d{2,})/.test(release());
    expect(runsc?.fix).toMatch(isNew ? /^install runsc 20240807 or newer/ : /^sudo apt install runsc$/);
  }, 60_000);

  it('doctor on Debian 12 names the packages that a machine lacks, and a machine starts with them', async () => {
    const doctor = 'bot_bottle doctor --json';
    const qemuIn = (json: string) => rowsOf(json).find(({ runtime }) => runtime === 'qemu');
    expect(qemuIn(await inIt(doctor, true))).toMatchObject({
      status: 'installed',
      reason: 'fakeroot is missing',
      fix: 'sudo apt install fakeroot',
    });
    writeManifest();
    const shown = 'id -un; uname -r; stat -c "%u:%g %a" /etc/shadow /var/mail';
    const said = await inIt(`
      apt-get install --yes fakeroot >&2 && cd /root &&
      bot_bottle start worker --manifest bot-bottle.yaml --yes --runtime qemu -- sh -c '${shown}'`);
    // Owner and mode of a file in the image are those of the image's packages: root:shadow, root:mail.
    expect(said).toMatch(/^agent\n6\.1\.\S+-cloud-amd64\n0:42 640\n0:8 2775\n$/);
    expect(qemuIn(await inIt(doctor, true))).toMatchObject({ status: 'ready', fix: '' });
  }, 400_000);

  it('Podman 4.3 on Debian 12 runs bottles in both network forms, and bounds the writable folders', async () => {
    writeManifest();
    const shown = 'id -un; cut -s -d: -f1 /proc/net/dev; grep -E "^tmpfs (/run|/tmp|/var/tmp) " /proc/mounts';
    const start = `node /opt/bot-bottle/dist/cli.cjs start worker --manifest bot-bottle.yaml --yes --runtime runc --engine podman`;
    const inForm = (form: string): string =>
      `${start} --network-form ${form} -- sh -c '${shown}' >/tmp/${form}`;
    // The test makes the bridge in a separate network; the image already exists by then.
    writeFileSync(join(rootDir, 'root/in-bridge'), `ip link set lo up && ${inForm('bridge')}`);
    const install = 'apt-get install --yes bubblewrap >&2'; // it confines the gateway
    await inIt(`${install} && cd /root && ${inForm('holder')} && unshare --net sh in-bridge`);
    for (const [form, interfaces] of [
      ['holder', ['lo']],
      ['bridge', ['lo', 'eth0']],
    ] as const) {
      const [user, ...lines] = readFileSync(join(rootDir, 'tmp', form), 'utf8')
        .trim()
        .split('\n');
      const mounts = lines.filter((line) => line.startsWith('tmpfs '));
      expect(user).toBe('agent');
      expect(lines.slice(0, -mounts.length).map((line) => line.trim())).toEqual(interfaces);
      expect(mounts).toHaveLength(3);
      expect(mounts.filter((line) => !line.includes(',size='))).toEqual([]);
    }
  }, 240_000);
});
