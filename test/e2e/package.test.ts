import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/host/paths.ts';
import { run, runOrThrow } from '../../src/host/run.ts';

/**
 * The package as a new user gets it: packed, installed from the tarball without a registry, and run from another
 * folder.
 */

const MINUTES = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'bot-bottle package '));
const [source, prefix, elsewhere] = [
  join(folder, 'source'),
  join(folder, 'prefix'),
  join(folder, 'elsewhere'),
];
const program = join(prefix, 'bin', 'bot-bottle');
let tarball = '';
let files: string[] = [];

/** Copies the sources, so that packing does not touch the dist/ that other tests run. */
function copySources(): void {
  const left = new Set(['node_modules', 'dist', '.git', 'coverage']);
  cpSync(packageRoot(), source, {
    recursive: true,
    filter: (path) => dirname(relative(packageRoot(), path)) !== '.' || !left.has(basename(path)),
  });
  symlinkSync(join(packageRoot(), 'node_modules'), join(source, 'node_modules'));
}

beforeAll(async () => {
  copySources();
  const packed = await runOrThrow('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: source,
    timeoutMs: 2 * MINUTES,
  });
  tarball = join(folder, packed.trim().split('\n').at(-1) ?? '');
  files = (await runOrThrow('tar', ['-tzf', tarball])).trim().split('\n');
  await runOrThrow('npm', ['install', '--global', '--offline', '--prefix', prefix, tarball], {
    timeoutMs: 2 * MINUTES,
  });
  mkdirSync(elsewhere);
}, 5 * MINUTES);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installed = async (...args: string[]) => await run(program, args, { cwd: elsewhere });

describe('the packed tarball', () => {
  it.each([
    'dist/cli.cjs',
    'dist/gateway.cjs',
    'dist/LICENSES.txt',
    'LICENSE',
    'README.md',
    'images/default/Dockerfile',
  ])('the package has %s', (path) => expect(files).toContain(`package/${path}`));

  it('the package has assets and docs, and neither sources nor tests', () => {
    const folders = new Set(files.map((path) => path.split('/')[1]));
    for (const name of ['assets', 'docs']) expect(folders).toContain(name);
    for (const name of ['src', 'test', 'scripts', 'node_modules', '.ci']) expect(folders).not.toContain(name);
  });

  it('the package passes publint', async () => {
    const bytes = readFileSync(tarball);
    const pack = { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
    expect((await publint({ pack, strict: true })).messages).toEqual([]);
  });

  it('the package names no folder of the machine that built it', async () => {
    const dist = join(folder, 'unpacked');
    cpSync(join(prefix, 'lib', 'node_modules', 'bot-bottle'), dist, { recursive: true });
    const found = await run('grep', ['-rlF', '-e', packageRoot(), '-e', folder, dist]);
    expect(found).toMatchObject({ exitCode: 1, stdout: '' });
  });
});

describe('npm install --global', () => {
  it('the installed package needs no other package', () => {
    expect(existsSync(join(prefix, 'lib', 'node_modules', 'bot-bottle', 'node_modules'))).toBe(false);
  });

  it('the installed program knows its version and prints its usage', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(await installed('--version')).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
    const help = await installed('--help');
    expect(help.exitCode).toBe(0);
    for (const verb of ['start', 'doctor', 'demo', 'gc']) expect(help.stdout).toContain(verb);
  });

  it('the installed program refuses an unknown verb as wrong usage', async () => {
    expect((await installed('strat')).exitCode).toBe(2);
  });
});

describe('the gateway', () => {
  it('the gateway is a single file that starts alone in a folder, and misses only its configuration', async () => {
    const alone = mkdtempSync(join(tmpdir(), 'bot-bottle-gateway-'));
    try {
      const path = join(alone, 'gateway.cjs');
      copyFileSync(join(prefix, 'lib', 'node_modules', 'bot-bottle', 'dist', 'gateway.cjs'), path);
      expect(statSync(path).size).toBeGreaterThan(1_000);
      const { exitCode, stdout, stderr } = await run(process.execPath, [path, join(alone, 'none.json')], {
        cwd: alone,
      });
      expect(exitCode).not.toBe(0);
      expect(`${stdout}${stderr}`).toContain('none.json');
      expect(stderr).not.toContain('MODULE_NOT_FOUND');
    } finally {
      rmSync(alone, { recursive: true });
    }
  });
});
