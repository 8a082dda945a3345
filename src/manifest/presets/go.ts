import { withoutLogin, type Answer, type Preset } from './preset.ts';

/** Go modules: proxies and checksum database as https://go.dev/ref/mod#environment-variables describes them. */

const KEYS = ['GOPROXY', 'GOSUMDB', 'GOPRIVATE', 'GONOPROXY', 'GONOSUMDB'] as const;
type Key = (typeof KEYS)[number];

export const GO: Preset = {
  program: 'go',
  variables: [...KEYS, 'GOENV', 'XDG_CONFIG_HOME'],
  // Without GOTOOLCHAIN=local, go could download another go version to answer.
  read: async (ask) =>
    goAnswer(await ask(['go', 'env', '-json', ...KEYS], { env: { GOTOOLCHAIN: 'local' } })),
  projectFiles: ['go.mod', 'go.work'],
};

/**
 * Parses the output of `go env -json`. Modules that GOPRIVATE and GONOPROXY name come directly from version control: no
 * host is opened for them, and go in the bottle asks no proxy for them. Pure.
 * @throws Error if no module comes from a proxy
 */
export function goAnswer(output: string): Answer {
  const config = JSON.parse(output) as Readonly<Partial<Record<Key, string>>>;
  const proxies = proxiesIn(config.GOPROXY ?? '');
  const urls = proxies.flatMap(({ url }) => (url === undefined ? [] : [url]));
  if (urls.length === 0) {
    throw new Error(`GOPROXY is \`${config.GOPROXY ?? ''}\`, so go downloads from no proxy`);
  }
  const database = databaseIn(config.GOSUMDB ?? '');
  const left = proxies.map(({ written, url, before }) => `${before}${url ?? written}`).join('');
  const rest = KEYS.flatMap((key) => {
    const value = { ...config, GOPROXY: left, GOSUMDB: database.join(' ') }[key] ?? '';
    return value === '' ? [] : [[key, value] as const];
  });
  return {
    urls: [...urls, ...checksumUrls(database)],
    settings: () => ({ env: Object.fromEntries(rest) }),
  };
}

interface Proxy {
  /** The comma or bar before the entry, which decides when go tries it. */
  readonly before: string;
  readonly written: string;
  /** Without a login; undefined for `direct` and `off`. */
  readonly url?: string;
}

/** The entries that are meaningful in a bottle: omits folders of this host. */
function proxiesIn(list: string): readonly Proxy[] {
  const entries = [...list.matchAll(/(^|[,|])\s*([^,|]+)/g)].map(([, before = '', written = '']): Proxy => {
    const [url] = /^https?:/.test(written) ? withoutLogin(written.trim()) : [];
    return { before, written: written.trim(), ...(url === undefined ? {} : { url: url.replace(/\/$/, '') }) };
  });
  const kept = entries.filter(({ written, url }) => url !== undefined || /^(?:direct|off)$/.test(written));
  return kept.map((entry, index) => (index === 0 ? { ...entry, before: '' } : entry));
}

/** `NAME[+KEY] [URL]`, the URL without a login. */
function databaseIn(setting: string): readonly string[] {
  const [name = '', url = ''] = setting.trim().split(/\s+/);
  return [name, ...withoutLogin(url).map((one) => one.replace(/\/$/, ''))];
}

/** Without a URL, go asks the database at the host of its name; a proxy may answer for it. */
function checksumUrls([name = '', url]: readonly string[]): readonly string[] {
  if (name === '' || name === 'off') return [];
  return [url ?? `https://${name.split('+')[0] ?? ''}`];
}
