import { askClient } from '../manifest/presets.ts';
import { npmRegistry } from './npm-registry.ts';

/** Variables by which clients of registries in a bottle ask where this computer's own do: their files are not in there. */

/**
 * For npm, pnpm and Bun; Yarn reads a variable of its own from its second version on. Not the first one's, `YARN_REGISTRY`: the
 * second ends where that is set. @throws BottleError `dependencyMissing` when npm cannot be asked
 */
export async function npmSettings(): Promise<Record<string, string>> {
  // Older ones of npm tell a password in it, too.
  const [registry] = withoutLogin(await npmRegistry());
  return registry === undefined ? {} : { NPM_CONFIG_REGISTRY: registry, YARN_NPM_REGISTRY_SERVER: registry };
}

/** For pip and uv. @throws BottleError `dependencyMissing` when pip cannot be asked */
export async function pipSettings(): Promise<Record<string, string>> {
  return pipVariables(await askClient('pip', ['python3', '-m', 'pip', 'config', 'list']));
}

/** Where pip finds the same setting several times: the first of these counts. */
const PLACES = [':env:', 'install', 'global'];

/** From what `pip config list` says; nothing where pip asks the index that is built into it. Pure. */
export function pipVariables(configuration: string): Record<string, string> {
  const [index] = urlsOf(configuration, 'index-url');
  const more = urlsOf(configuration, 'extra-index-url').join(' ');
  return {
    ...(index === undefined ? {} : { PIP_INDEX_URL: index, UV_DEFAULT_INDEX: index }),
    ...(more === '' ? {} : { PIP_EXTRA_INDEX_URL: more, UV_INDEX: more }),
  };
}

function urlsOf(configuration: string, key: string): readonly string[] {
  const lines = configuration.split('\n');
  const line = PLACES.map((place) => lines.find((one) => one.startsWith(`${place}.${key}=`))).find(Boolean);
  return (line?.match(/https?:\/\/[^\s'"\\]+/g) ?? []).flatMap(withoutLogin);
}

/** A password stays outside: `inject` is for it. */
function withoutLogin(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const url = new URL(text);
  [url.username, url.password] = ['', ''];
  return [url.href];
}
