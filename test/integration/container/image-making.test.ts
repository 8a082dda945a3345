import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { AddressInfo } from 'node:net';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { fetchPinned, integrityOf } from '../../../src/drivers/image/pinned-package.ts';
import { ensureRootfs } from '../../../src/drivers/image/rootfs.ts';
import { downloadEnvironment } from '../../../src/host/env.ts';
import { packageRoot } from '../../../src/host/paths.ts';
import { run, runOrThrow, spawnProgram } from '../../../src/host/run.ts';

/** Makes the default image's files with the host's own package sources, in a separate cache. */

const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-making-'));
const images = join(folder, 'bot-bottle', 'images');
const signal = new AbortController().signal;
/** mmdebstrap mounts the host's /dev/shm below its folder: the removal of that folder must not reach this file. */
const canary = `/dev/shm/bot-bottle-canary-${process.pid}`;

const mountsBelow = (path: string): boolean =>
  readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path}/`);

beforeAll(() => vi.stubEnv('XDG_CACHE_HOME', folder));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(canary, { force: true });
  // A removal goes through a mount into the mounted files: if the product failed, a leftover folder is better than the
  // loss of the host's files.
  if (mountsBelow(folder)) throw new Error(`there are mounts below ${folder}: unmount them, then remove it`);
  rmSync(folder, { recursive: true, force: true });
});

describe("the default image's files", () => {
  it('making the image cleans up after an interrupt', async () => {
    const controller = new AbortController();
    const before = readdirSync(tmpdir());
    const making = ensureRootfs({
      signal: controller.signal,
      progress: (line) => line.includes('extracting archives') && controller.abort(new Error('interrupted')),
    });
    await expect(making).rejects.toThrow('interrupted');
    expect(readdirSync(images)).toEqual([]);
    expect(
      readdirSync(tmpdir()).filter((name) => name.startsWith('mmdebstrap') && !before.includes(name)),
    ).toEqual([]);
    expect((await run('pgrep', ['--full', `mmdebstrap.*${images}`])).stdout).toBe('');
  });

  it('making the image leaves no mount when its launcher is killed, and the next run removes only ours', async () => {
    writeFileSync(canary, 'of the host');
    const script = `import { ensureRootfs } from ${JSON.stringify(join(packageRoot(), 'src/drivers/image/rootfs.ts'))};
      void ensureRootfs({ signal: new AbortController().signal, progress: (line) => console.log(line) });`;
    const launcher = spawnProgram(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: packageRoot(),
        env: { XDG_CACHE_HOME: folder, ...downloadEnvironment() },
      },
    );
    for await (const line of createInterface(launcher.stdout as Readable)) {
      if (line.includes('installing remaining packages')) break;
    }
    const killed = once(launcher, 'exit');
    launcher.kill('SIGKILL');
    await killed;
    expect(readdirSync(images).filter((name) => name.startsWith('work-'))).toHaveLength(1);
    expect(mountsBelow(folder)).toBe(false);
    const controller = new AbortController();
    const next = ensureRootfs({
      signal: controller.signal,
      progress: () => controller.abort(new Error('enough')),
    });
    await expect(next).rejects.toThrow('enough');
    expect(readFileSync(canary, 'utf8')).toBe('of the host');
    expect(readdirSync(images).filter((name) => name.startsWith('work-'))).toEqual([]);
  });

  it('two starts at once make the image once, over the remains of a killed start', async () => {
    mkdirSync(join(images, 'work-left'), { recursive: true });
    writeFileSync(join(images, 'work-left', 'rootfs.tar'), 'half');
    const lines: string[] = [];
    const work = { signal, progress: (line: string) => lines.push(line) };
    const [first, second] = await Promise.all([ensureRootfs(work), ensureRootfs(work)]);
    expect(second).toBe(first);
    expect(lines.filter((line) => line.includes('creating tarball'))).toHaveLength(1);
    expect(lines).toContain('another start is making what this one needs too: waiting for it');
    expect(readdirSync(images).filter((name) => !name.endsWith('.tar'))).toEqual([]);
    const names = await runOrThrow('tar', ['-tf', first]);
    for (const path of ['./usr/local/bin/node', './usr/local/bin/npm', './usr/bin/git', './work/']) {
      expect(names).toContain(`${path}\n`);
    }
  }, 300_000);
});

describe('a pinned package', () => {
  let server: Server;
  let tarball: Buffer = Buffer.alloc(0);
  const pin = { name: 'pinned', version: '1.0.0', integrity: '' };

  /** The registry's description of the package; its digest always fits the served file. */
  function describePackage(host: string): unknown {
    const dist = { tarball: `http://${host}/pinned.tgz`, integrity: integrityOf(tarball) };
    const version = { name: pin.name, version: pin.version, dist };
    return { name: pin.name, 'dist-tags': { latest: pin.version }, versions: { [pin.version]: version } };
  }

  async function pack(content: string): Promise<Buffer> {
    const source = mkdtempSync(join(folder, 'package-'));
    writeFileSync(join(source, 'package.json'), JSON.stringify({ name: pin.name, version: pin.version }));
    writeFileSync(join(source, 'index.js'), content);
    await runOrThrow('npm', ['pack', '--silent'], { cwd: source });
    return readFileSync(join(source, 'pinned-1.0.0.tgz'));
  }

  const fetchInto = async (name: string): Promise<string> => {
    const dir = join(folder, name);
    mkdirSync(dir);
    vi.stubEnv('NPM_CONFIG_REGISTRY', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    vi.stubEnv('HOME', join(folder, name)); // a separate cache
    return await fetchPinned({ ...pin, integrity: integrityOf(expected) }, dir, signal);
  };

  let expected: Buffer = Buffer.alloc(0);

  beforeAll(async () => {
    expected = await pack('the real one');
    server = createServer((request, response) => {
      const isTarball = request.url?.endsWith('.tgz') === true;
      response.end(isTarball ? tarball : JSON.stringify(describePackage(request.headers.host ?? '')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => server.close());

  it('a pinned package is installed if the registry serves exactly that one', async () => {
    tarball = expected;
    const path = await fetchInto('real');
    expect(existsSync(path)).toBe(true);
    expect(integrityOf(readFileSync(path))).toBe(integrityOf(expected));
  });

  it('a pinned package is refused if the registry serves another and vouches for it', async () => {
    tarball = await pack('with a back door');
    await expect(fetchInto('other')).rejects.toThrow(/not the expected package/);
  });
});
