import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { reasonOf } from '../src/errors.ts';
import { explainAuto, explainHosts } from '../src/commands/doctor/explain-hosts.ts';
import { manifestJsonSchema } from '../src/manifest/schema/json-schema.ts';
import { PROBES } from '../src/verify/probes/index.ts';
import { toAscii } from './ascii.ts';
import { HOSTS_DOCUMENT, renderHostsDocument } from './hosts-document.ts';
import { PROBES_DOCUMENT, renderProbesDocument } from './probes-document.ts';

/**
 * `npm run build`: builds the programs in dist/, each with every package that it uses, so that the shipped code is the
 * tested code. Builds beside dist/ and then moves the whole folder there: a program that starts meanwhile sees the old
 * folder or the new one.
 */

const root = dirname(import.meta.dirname);
const staging = join(root, `dist.${process.pid}.tmp`);

const OPTIONS = {
  absWorkingDir: root,
  bundle: true,
  charset: 'ascii',
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outdir: staging,
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.dirname': '__dirname' },
  legalComments: 'none', // LICENSES.txt contains the full licences
  metafile: true,
  preserveSymlinks: true, // the output names files by their place in the project, wherever links lead
  logLevel: 'silent',
} as const satisfies BuildOptions;

/**
 * `cli.cjs` is small and loads `main.cjs`, the program. `main.cjs` is a script, because V8 can keep the compiled form
 * of scripts only. `gateway.cjs` is one file, so that it can be mounted alone. `verify/attacks.cjs` attacks bottles
 * from inside; `verify/wire.cjs` goes with it for the programs that are no probes: those of the demo and of the
 * conformance suite. Node starts CommonJS some milliseconds earlier than modules.
 */
const PROGRAMS = {
  cli: 'src/boot.ts',
  main: 'src/cli.ts',
  gateway: 'src/gateway/main.ts',
  'verify/attacks': 'src/verify/guest/attacks.ts',
  'verify/wire': 'src/verify/guest/wire.ts',
};

/** Returns the folders of the packages that the bundled files came from. */
function packageDirs(metafile: Metafile): string[] {
  const owners = Object.keys(metafile.inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  );
  return [...new Set(owners)];
}

/** Returns the text of a package's licence, or the licence's name if the package ships no text. */
async function licenceOf(packageDir: string): Promise<string> {
  const { name, version, license } = JSON.parse(
    await readFile(join(root, packageDir, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  for (const file of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'licence', 'LICENCE']) {
    const text = await readFile(join(root, packageDir, file), 'utf8').catch(() => undefined);
    if (text !== undefined) return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  }
  return `${name} ${version} (${license})\n`;
}

async function makeExecutable(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.startsWith('#!') ? text : `#!/usr/bin/env node\n${text}`, { mode: 0o755 });
  await chmod(path, 0o755); // independent of the umask
}

async function buildAll(): Promise<void> {
  const { metafile } = await build({ ...OPTIONS, entryPoints: PROGRAMS });
  const licences = await Promise.all(packageDirs(metafile).sort().map(licenceOf));
  await writeFile(join(staging, 'LICENSES.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
  await makeAscii(join(staging, 'main.cjs'));
  await makeExecutable(join(staging, 'cli.cjs'));
}

/** Node reads ASCII text in half the time (src/boot.ts). */
async function makeAscii(path: string): Promise<void> {
  await writeFile(path, toAscii(await readFile(path, 'utf8')));
}

/**
 * Generated files that are part of the repository, so that links to them work: the manifest's schema, the tables of
 * claims and of hosts.
 */
const WRITTEN = {
  'schema/bot-bottle.schema.json': () => `${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`,
  [PROBES_DOCUMENT]: () => renderProbesDocument(PROBES),
  [HOSTS_DOCUMENT]: () => renderHostsDocument(explainHosts(), explainAuto()),
};

async function writeWhereChanged([name, render]: readonly [string, () => string]): Promise<void> {
  const path = join(root, name);
  const text = render();
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Uses two renames instead of a removal and a rename: dist/ is missing for microseconds only. */
async function swapIn(): Promise<void> {
  if (existsSync(join(root, 'dist'))) await rename(join(root, 'dist'), `${staging}.old`);
  await rename(staging, join(root, 'dist'));
}

try {
  await Promise.all([buildAll(), ...Object.entries(WRITTEN).map(writeWhereChanged)]);
  await swapIn();
} catch (error) {
  console.error(reasonOf(error));
  process.exitCode = 1;
} finally {
  await rm(staging, { recursive: true, force: true });
  await rm(`${staging}.old`, { recursive: true, force: true });
}
