#!/usr/bin/env node
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';
import { makeFolder } from './host/disk/folder.ts';
import { cacheDir } from './host/paths.ts';

/**
 * Loads the program with V8's code cache from the user's cache folder. Compiling a megabyte of source at every start would add
 * a tenth to the start time of a bottle (docs/adr/0061). Node 20 has no module.enableCompileCache yet.
 */

type Program = { readonly main: (argv: readonly string[]) => Promise<void> };
type Wrapper = (module: { exports: object }, require: NodeJS.Require, dirname: string) => void;

const programPath = join(import.meta.dirname, 'main.cjs');

/** The cache folder for compiled code. Each verb has its own file, because each verb compiles other functions. */
const codeFolder = (): string => join(cacheDir(), 'code');
const verb = /^[a-z]{1,16}$/.exec(process.argv[2] ?? '')?.[0] ?? 'none';

/** A file name that identifies the source and the Node version: V8 itself compares only the length of the source. */
function cacheName(): string {
  const { mtimeMs, size, ino } = statSync(programPath);
  return `${verb}-${process.version}-${process.arch}-${ino}-${size}-${mtimeMs}`;
}

function readIfThere(name: string): Buffer | undefined {
  try {
    return readFileSync(join(codeFolder(), name));
  } catch {
    return undefined;
  }
}

/** Writes the cache and removes older ones. A failure is ignored: the next start compiles again. */
function keep(name: string, data: Buffer): void {
  try {
    const folder = codeFolder();
    makeFolder(folder, 0o700);
    for (const old of readdirSync(folder)) if (old.startsWith(`${verb}-`)) rmSync(join(folder, old));
    writeFileSync(join(folder, `.${process.pid}`), data, { mode: 0o600 });
    renameSync(join(folder, `.${process.pid}`), join(folder, name));
  } catch {
    // The next start tries again.
  }
}

function load(): Program {
  const name = cacheName();
  const cachedData = readIfThere(name);
  // scripts/build.ts writes ASCII only.
  const text = `(function (module, require, __dirname) {${readFileSync(programPath, 'latin1')}\n})`;
  const script = new Script(text, {
    filename: programPath,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  if (cachedData === undefined || script.cachedDataRejected === true) {
    process.once('exit', () => keep(name, script.createCachedData()));
  }
  const module = { exports: {} };
  (script.runInThisContext() as Wrapper)(module, createRequire(programPath), dirname(programPath));
  return module.exports as Program;
}

void load().main(process.argv.slice(2));
