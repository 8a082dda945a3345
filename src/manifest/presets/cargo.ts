import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { hostVariable } from '../../host/env.ts';
import { readTextIfThere } from '../../host/files.ts';
import { homeDir } from '../../host/paths.ts';
import { entriesOf, isMap, type DataMap } from '../text/data.ts';
import { withoutLogin, type Answer, type Ask, type Preset } from './preset.ts';

/**
 * Cargo: sparse indexes, and the download places that their `config.json` names
 * (https://doc.rust-lang.org/cargo/reference/registry-index.html). No command prints either. So bot-bottle makes cargo
 * fetch a crate of each registry in a separate folder, and reads the files that it fetched.
 */
export const CARGO: Preset = {
  program: 'cargo',
  variables: ['CARGO_HOME', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN', 'CARGO_HTTP_CAINFO', 'CARGO_HTTP_PROXY'],
  read: readCargo,
  projectFiles: ['Cargo.toml'],
};

async function readCargo(ask: Ask): Promise<Answer> {
  const cargoDir = hostVariable('CARGO_HOME') ?? join(homeDir(), '.cargo');
  // cargo runs in another folder than its user, so a relative path would lead to different folders: perhaps to the
  // project's.
  if (!isAbsolute(cargoDir)) throw new Error(`CARGO_HOME is ${cargoDir}, which is no full path`);
  const text =
    (await readTextIfThere(join(cargoDir, 'config.toml'))) ??
    (await readTextIfThere(join(cargoDir, 'config'))) ??
    '';
  const config = cargoConfig(text);
  const found = await Promise.all(
    [undefined, ...config.registries.keys()].map(
      async (registry) => await fetchedBy(ask, registry, { cargoDir, text }),
    ),
  );
  return cargoAnswer(config, found.flat());
}

/** A registry's index configuration, as cargo fetched it. */
export interface FetchedIndex {
  /** The name of the index's folder: the host of the index and a hash. */
  readonly folder: string;
  /** Its `config.json`. */
  readonly text: string;
}

interface CargoHome {
  readonly cargoDir: string;
  readonly text: string;
}

/**
 * Cargo reads config files in and above its working folder, which is `/`; so only those of its own home are the user's.
 */
async function fetchedBy(
  ask: Ask,
  registry: string | undefined,
  { cargoDir, text }: CargoHome,
): Promise<readonly FetchedIndex[]> {
  const dir = await mkdtemp(join(tmpdir(), 'bot-bottle-cargo-'));
  try {
    const home = join(dir, 'home');
    await mkdir(home);
    await writeFile(join(home, 'config.toml'), text, { mode: 0o600 });
    // Cargo ignores a dangling link.
    for (const name of ['credentials.toml', 'credentials'])
      await symlink(join(cargoDir, name), join(home, name));
    await writeFile(join(dir, 'Cargo.toml'), cratePlan(registry));
    await writeFile(join(dir, 'lib.rs'), '');
    const said = await ask(['cargo', 'fetch', '--manifest-path', join(dir, 'Cargo.toml')], {
      env: { CARGO_HOME: home, CARGO_NET_RETRY: '0', CARGO_TERM_COLOR: 'never' },
      mayFail: true,
      reachesNetwork: true,
    });
    const found = await indexesIn(join(home, 'registry', 'index'));
    const isLocal = registry === undefined && cargoConfig(text).isReplacedByFolder;
    if (found.length === 0 && !isLocal) {
      const name = registry === undefined ? 'the registry of crates' : `the registry ${registry}`;
      throw new Error(
        `${name} could not be asked where its downloads are (cargo before 1.70 asks by git, which no preset opens): ${said.trim().slice(-200)}`,
      );
    }
    return found;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function indexesIn(dir: string): Promise<readonly FetchedIndex[]> {
  const folders = await readdir(dir).catch(() => []);
  const read = folders.map(async (folder) => ({
    folder,
    text: await readFile(join(dir, folder, 'config.json'), 'utf8').catch(() => undefined),
  }));
  return (await Promise.all(read)).flatMap(({ folder, text }) =>
    text === undefined ? [] : [{ folder, text }],
  );
}

/** A crate with a dependency from this registry, in a separate workspace. */
const cratePlan = (registry: string | undefined): string =>
  stringify({
    package: { name: 'question', version: '0.0.0', edition: '2018' },
    lib: { path: 'lib.rs' },
    dependencies: { question2: { version: '*', ...(registry === undefined ? {} : { registry }) } },
    workspace: {},
  });

interface CargoConfig {
  /** Index URL by name. */
  readonly registries: ReadonlyMap<string, string>;
  /** URLs of `[source]`. */
  readonly sources: readonly string[];
  /** A folder of this host replaces the registry of crates. */
  readonly isReplacedByFolder: boolean;
  /** The part of the configuration that is meaningful in a bottle, without logins. */
  readonly forBottle: TomlTable;
}

/** Parses the user's `config.toml`. Pure. @throws Error for an index in git, which needs POST requests */
export function cargoConfig(text: string): CargoConfig {
  const table = parse(text) as DataMap;
  const registries = new Map(
    entriesOf(table['registries']).flatMap(([name, { index }]) =>
      typeof index === 'string' ? [[name, index]] : [],
    ),
  );
  const sources = new Map(entriesOf(table['source']));
  const urls = [...sources.values()].flatMap(({ registry }) =>
    typeof registry === 'string' ? [registry] : [],
  );
  for (const url of [...registries.values(), ...urls]) {
    if (!url.startsWith('sparse+'))
      throw new Error(`${withoutLogin(url)[0] ?? url} is no sparse index (sparse+https://...)`);
  }
  const fallback = isMap(table['registry']) ? table['registry']['default'] : undefined;
  // Cargo refuses a source without a place. A source that is a folder or code in git stays outside.
  const kept = [...sources].flatMap(([name, { registry, 'replace-with': replacement }]) => {
    const source = {
      ...(typeof registry === 'string' ? { registry: sparse(registry) } : {}),
      ...(typeof replacement === 'string' && hasRegistry(sources, replacement)
        ? { 'replace-with': replacement }
        : {}),
    };
    return Object.keys(source).length === 0 ? [] : [[name, source] as const];
  });
  const isReplacedByFolder = leadsToFolder(sources);
  return {
    registries,
    sources: urls,
    isReplacedByFolder,
    forBottle: {
      ...(registries.size === 0
        ? {}
        : {
            registries: Object.fromEntries(
              [...registries].map(([name, url]) => [name, { index: sparse(url) }]),
            ),
          }),
      ...(typeof fallback === 'string' ? { registry: { default: fallback } } : {}),
      ...(kept.length === 0 || isReplacedByFolder ? {} : { source: Object.fromEntries(kept) }),
    },
  };
}

/** Whether a source, or one that replaces it, has a registry. */
function hasRegistry(sources: ReadonlyMap<string, DataMap>, name: string, left = sources.size): boolean {
  const { registry, 'replace-with': replacement } = sources.get(name) ?? {};
  if (typeof registry === 'string') return true;
  return left > 0 && typeof replacement === 'string' && hasRegistry(sources, replacement, left - 1);
}

function leadsToFolder(sources: ReadonlyMap<string, DataMap>): boolean {
  let name: unknown = 'crates-io';
  for (const _ of sources) {
    const source: DataMap | undefined = typeof name === 'string' ? sources.get(name) : undefined;
    if (source?.['directory'] !== undefined || source?.['local-registry'] !== undefined) return true;
    name = source?.['replace-with'];
  }
  return false;
}

/** The URL of a sparse index, without its login. */
const sparse = (url: string): string => `sparse+${withoutLogin(urlOf(url))[0] ?? ''}`;
const urlOf = (index: string): string => index.replace(/^sparse\+/, '');

/**
 * Returns the answer from the configuration and the fetched indexes. Pure.
 * @throws Error if a registry names no download place
 */
export function cargoAnswer(config: CargoConfig, fetched: readonly FetchedIndex[]): Answer {
  const known = [...config.registries.values(), ...config.sources].map(urlOf);
  const hosts = new Set(known.flatMap((url) => (URL.canParse(url) ? [new URL(url).hostname] : [])));
  const urls = fetched.flatMap(({ folder, text }) => {
    const { dl } = JSON.parse(text) as { readonly dl?: unknown };
    if (typeof dl !== 'string' || !URL.canParse(dl))
      throw new Error(`the registry ${folder} names no downloads`);
    // No configuration names the index that is built into cargo; cargo reaches it over https.
    const host = folder.replace(/-[0-9a-f]+$/, '');
    return [...(hosts.has(host) ? [] : [`https://${host}/`]), dl];
  });
  const text = stringify(config.forBottle);
  return {
    urls: [...known, ...urls],
    settings: () => ({
      // An image may have cargo's home in a folder that the agent cannot write.
      env: { CARGO_HOME: CARGO_HOME_IN_BOTTLE },
      ...(text.trim() === '' ? {} : { homeFiles: { '.cargo/config.toml': text } }),
    }),
  };
}

const CARGO_HOME_IN_BOTTLE = '/home/agent/.cargo';
