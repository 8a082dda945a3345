import { dockerfileReference } from '../../../src/contracts/host-names.ts';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { unlessMissing } from '../../../src/drivers/engine/missing.ts';
import { ensureDefaultImage } from '../../../src/drivers/image/default-image.ts';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import { cacheDir } from '../../../src/host/paths.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';
import { makeHome, type Home } from '../../support/home.ts';

/** Virtual machines from the user's own images: their programs run, and their settings apply as in a container. */

const STARTED_MS = 240_000;
const REFERENCE = 'localhost/bot-bottle-test/machine:1';
let home: Home;

beforeAll(async () => {
  home = makeHome();
  const work = { progress: () => undefined, signal: new AbortController().signal };
  await ensureDefaultImage(unlessMissing(await createDocker().connect('runc')), work);
}, 600_000);

/** Every machine has this, whatever its image contains. */
const NAMES_FROM = `${['passwd', 'group', 'shadow', 'services', 'protocols', 'networks'].map((what) => `${what}: files\n`).join('')}hosts: files dns\n`;

const made: string[] = [REFERENCE];
const basesDir = join(cacheDir(), 'bases');
const bases = (): string[] => (existsSync(basesDir) ? readdirSync(basesDir) : []);
const basesBefore = bases();

afterAll(async () => {
  await run('docker', ['rmi', '--force', ...made]);
  for (const name of bases().filter((name) => name.startsWith('image-') && !basesBefore.includes(name)))
    rmSync(join(basesDir, name), { recursive: true });
  await home.remove();
});

/** The folder of the manifests and of the files that they name. */
const manifestsDir = (): string => join(home.dir, 'manifests');

/** Returns the entry of a manifest for this image. */
const built = (dir: string) => ({ dockerfile: `${basename(dir)}/Dockerfile` });

/**
 * Writes a Dockerfile, with BASE replaced by the default image, beside a statically linked program that can act as many
 * programs. Returns its folder.
 */
function dockerfile(name: string, lines: readonly string[]): string {
  const dir = join(manifestsDir(), name);
  mkdirSync(dir, { recursive: true });
  copyFileSync('/usr/bin/busybox', join(dir, 'busybox'));
  writeFileSync(join(dir, 'marker'), `made as ${name}\n`);
  writeFileSync(join(dir, 'Dockerfile'), `${lines.join('\n').replace('BASE', defaultImageReference())}\n`);
  made.push(dockerfileReference(join(dir, 'Dockerfile')));
  return dir;
}

/** Runs a bottle of an image to its end. */
async function start(image: unknown, runtime: string, argv: readonly string[]) {
  const box = { workspace: 'none', ...(image === undefined ? {} : { image }) };
  const manifest = home.manifest({
    bottles: { box },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--runtime', runtime, '--'];
  return await home.run([...args, ...argv], { timeoutMs: STARTED_MS });
}

async function latestReceipt() {
  const receipts = (await home.list()).map(({ id }) => home.receipt(id));
  const latest = receipts
    .toSorted((one, other) => one.times.startedAt.localeCompare(other.times.startedAt))
    .at(-1);
  if (latest === undefined) throw new Error('no bottle has run');
  return latest;
}

describe('an image with a single program', () => {
  const TOOL_ONLY = [
    'FROM scratch',
    'COPY busybox /opt/busybox',
    'COPY marker /marker',
    'ENV SAID="by the image"',
  ];

  test('a machine runs such an image from its Dockerfile, with all parts that it needs', async () => {
    const dir = dockerfile('tool-only', [...TOOL_ONLY, 'ENV LD_PRELOAD=/marker', 'VOLUME /data', 'USER 7']);
    const script =
      'cat /marker; echo "$SAID"; id -u; id -un; pwd; echo x >/data/x && ls -ld /data | cut -c1-10; [ ! -e /usr ] && echo nothing else';
    const ended = await start(built(dir), 'qemu', ['/opt/busybox', 'sh', '-c', script]);
    expect(ended.stderr).not.toContain('ld.so');
    expect(ended).toMatchObject({
      code: 0,
      stdout: 'made as tool-only\nby the image\n1000\nagent\n/home/agent\ndrwx------\nnothing else\n',
    });
  });

  test('such an image gets our shell where a script must run', async () => {
    const dir = dockerfile('tool-only', TOOL_ONLY);
    const ended = await start(built(dir), 'qemu', ['sh', '-c', 'echo "by a shell: $SAID"']);
    expect(ended).toMatchObject({ code: 0, stdout: 'by a shell: by the image\n' });
  });

  test('a machine runs such an image by its name, and the receipt has its digest', async () => {
    const dir = dockerfile('tool-only', TOOL_ONLY);
    await runOrThrow('docker', ['build', '--tag', REFERENCE, dir], { timeoutMs: 120_000 });
    const ended = await start(REFERENCE, 'qemu', ['/opt/busybox', 'cat', '/marker']);
    expect(ended).toMatchObject({ code: 0, stdout: 'made as tool-only\n' });
    const id = (await runOrThrow('docker', ['image', 'inspect', '--format', '{{.Id}}', REFERENCE])).trim();
    const { imageDigest, evidence } = await latestReceipt();
    expect(imageDigest).toBe(id);
    expect(evidence['image']).toBe(`${REFERENCE} ${id} of docker`);
    expect(evidence['base']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('other machines do not have its files (control)', async () => {
    const ended = await start(undefined, 'qemu', ['sh', '-c', 'ls /marker /opt/busybox; echo "[$SAID]"']);
    expect(ended).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(ended.stderr).toContain('/marker');
  });
});

test("an image's settings work as in a container", async () => {
  const dir = dockerfile('settings', [
    'FROM BASE',
    'USER 0',
    'COPY marker /marker',
    'RUN ln -sf /nowhere/hosts /etc/hosts2 && rm -rf /var/tmp && ln -s /nowhere /var/tmp && mkdir /home/agent/left',
    'ENV PATH=/opt/of-the-image:$PATH SAID=yes LANG=xx HOME=/nowhere EMPTY=',
    'VOLUME /data',
    'USER 5:6',
    'WORKDIR /opt',
    'ENTRYPOINT ["/bin/false"]',
    'HEALTHCHECK CMD /bin/false',
  ]);
  const look =
    'env | grep -E "^(PATH|SAID|LANG|HOME|USER|EMPTY)=" | sort; pwd; id; ls -A /home/agent; touch /data/x /tmp/x /var/tmp/y && stat -c "%a %U" /data; cut -d: -f1,3 /etc/passwd; cat /marker';
  const inContainer = await start(built(dir), 'runc', ['sh', '-c', look]);
  const inMachine = await start(built(dir), 'qemu', ['sh', '-c', look]);
  expect(inContainer).toMatchObject({ code: 0, stdout: expect.stringContaining('SAID=yes') as string });
  expect(inMachine).toMatchObject({ code: 0, stdout: inContainer.stdout });
});

test("an image with other files in a machine's own places still works", async () => {
  const dir = dockerfile('odd', [
    'FROM scratch',
    'ADD odd.tar /',
    'COPY busybox /opt/busybox',
    'VOLUME /opt/deep/er',
  ]);
  const tree = join(dir, 'tree');
  for (const folder of ['etc/shells', 'var', 'opt']) mkdirSync(join(tree, folder), { recursive: true });
  for (const file of ['home', 'root', 'work', 'srv']) writeFileSync(join(tree, file), 'no folder');
  for (const link of ['tmp', 'bin', 'etc/passwd', 'etc/ssl', 'var/tmp'])
    symlinkSync('/nowhere/at-all', join(tree, link));
  writeFileSync(join(tree, 'etc', 'nsswitch.conf'), 'passwd: compat\nhosts: dns\n');
  await runOrThrow('tar', ['--create', '--file', join(dir, 'odd.tar'), '--directory', tree, '.']);
  const script =
    'id -un; echo x >/tmp/x && cat /var/tmp/x; echo y >/opt/deep/er/y && cat /opt/deep/er/y /etc/nsswitch.conf; [ -s /etc/ssl/certs/ca-certificates.crt ] && echo trust; cat /srv';
  const ended = await start(built(dir), 'qemu', ['/opt/busybox', 'sh', '-c', script]);
  expect(ended).toMatchObject({
    code: 0,
    stdout: `agent\nx\ny\n${NAMES_FROM}trust\nno folder`,
  });
});

/** Writes a tar of a folder of files and links, with the owner that an image's files have. */
async function treeOf(dir: string, fill: (tree: string) => void): Promise<void> {
  const tree = join(dir, 'tree');
  mkdirSync(tree);
  fill(tree);
  const owner = ['--owner=1000', '--group=1000'];
  await runOrThrow('tar', ['--create', ...owner, '--file', join(dir, 'odd.tar'), '--directory', tree, '.']);
}

const ODD = ['FROM scratch', 'ADD odd.tar /', 'COPY busybox /opt/busybox'];

test("files that an image prepares for the machine's root are absent or not followed", async () => {
  const dir = dockerfile('for-root', ODD);
  await treeOf(dir, (tree) => {
    mkdirSync(join(tree, 'etc'));
    writeFileSync(join(tree, 'etc', 'ld.so.preload'), '/evil.so\n');
    writeFileSync(join(tree, 'etc', 'nsswitch.conf'), 'passwd: files\npasswd evil\n');
    for (const [link, to] of [
      ['tmp', '/run/bot-bottle/lib'],
      ['home', '/run/bot-bottle'],
      ['root', '/run/bot-bottle/private'],
      ['etc/shells', '/run/bot-bottle/second'],
    ] as const)
      symlinkSync(to, join(tree, link));
  });
  const script = `id -un; for at in / /etc /home /tmp /root; do [ -L $at ] || stat -c '%u %n' $at; done; ls /etc/ld.so.preload;
    cat /etc/nsswitch.conf; for at in /etc /run/bot-bottle /home /; do echo x >$at/x && echo "wrote to $at"; done; ls /run/bot-bottle/lib | head -c 3`;
  const ended = await start(built(dir), 'qemu', ['/opt/busybox', 'sh', '-c', script]);
  expect(ended.stderr).not.toContain('evil');
  expect(ended).toMatchObject({
    code: 0,
    stdout: `agent\n0 /\n0 /etc\n0 /home\n0 /tmp\n0 /root\n${NAMES_FROM}lib`,
  });
});

test.each([
  ['/run/bot-bottle/lib', '/volume'],
  ['/etc', '/volume'],
  ['/run', '/volume/bot-bottle'],
])("a volume behind an image's link to %s is refused with the reason", async (to, volume) => {
  const dir = dockerfile(`leads-${volume.length}-${to.length}`, [...ODD, `VOLUME ${volume}`]);
  await treeOf(dir, (tree) => symlinkSync(to, join(tree, 'volume')));
  const ended = await start(built(dir), 'qemu', ['/opt/busybox', 'true']);
  expect(ended.code).toBe(6);
  expect(ended.stderr).toContain(
    `did not come up: a link of the image's leads ${volume} to the machine's own`,
  );
});

/** Returns the containers that exist only to export the files of an image. */
const exporting = async (): Promise<string> =>
  await runOrThrow('docker', ['ps', '--all', '--quiet', '--filter', 'name=bot-bottle-image-files']);
const staging = (): string[] => bases().filter((name) => name.endsWith('.work'));

test('a launcher that is killed half way leaves nothing that gc does not remove', async () => {
  const dir = dockerfile('killed', ['FROM BASE', 'USER 0', `RUN echo ${Date.now()} >/marker`]);
  const manifest = home.manifest({
    bottles: { box: { workspace: 'none', image: built(dir) } },
    agents: { worker: { bottle: 'box', agent: 'shell' } },
  });
  const args = ['start', 'worker', home.dir, '--manifest', manifest, '--yes', '--runtime', 'qemu'];
  const launcher = home.spawn([...args, '--', 'true']);
  const ended = once(launcher, 'close');
  let said = '';
  launcher.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  while ((await exporting()) === '' && launcher.exitCode === null) await sleep(20);
  launcher.kill('SIGKILL');
  await ended;
  expect(await exporting(), said).not.toBe('');
  expect(staging()).toHaveLength(1);
  const { code, stdout, stderr } = await home.run(['gc'], { timeoutMs: 60_000 });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout + stderr).toContain('.work');
  expect(await exporting()).toBe('');
  expect(staging()).toEqual([]);
  const again = await start(built(dir), 'qemu', ['test', '-e', '/marker']);
  expect(again.code).toBe(0);
  expect(await exporting()).toBe('');
  expect(staging()).toEqual([]);
});
