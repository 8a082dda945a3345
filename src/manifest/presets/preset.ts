/** The format of a package client's record. Each file of this folder has the records of one family of registries. */

/** A place from which a client downloads. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'https' | 'http';
  /** Only these paths; undefined: all. */
  readonly paths?: readonly string[];
}

/** The proxy as the bottle sees it, for clients that read no proxy variable. */
export interface GuestProxy {
  readonly host: string;
  readonly port: number;
}

/**
 * The settings with which a client in a bottle uses the same places as this host's client. They never contain a login.
 */
export interface ClientSettings {
  readonly env?: Readonly<Record<string, string>>;
  /** Text by path below the home folder of the bottle. */
  readonly homeFiles?: Readonly<Record<string, string>>;
}

/** A client's configuration. */
export interface Answer {
  /** The URLs from which it downloads; other schemes than http and https are ignored. */
  readonly urls: readonly string[];
  readonly settings?: (proxy: GuestProxy) => ClientSettings;
}

export type Command = readonly [program: string, ...args: string[]];

export interface AskOptions {
  /** Variables for this command, in addition to those of the record. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command fails by design, and its error output is part of the answer. */
  readonly mayFail?: true;
  /** In milliseconds. Default: 20 s. */
  readonly timeoutMs?: number;
  /** The command reaches the network: it gets this host's proxy and certificates. */
  readonly reachesNetwork?: true;
}

/** Runs a command of the client outside any project and returns its output. @throws BottleError `dependencyMissing` */
export type Ask = (command: Command, options?: AskOptions) => Promise<string>;

export interface Preset {
  /** The program that must be on the host. */
  readonly program: string;
  /** Host variables from which the client reads its configuration. */
  readonly variables: readonly string[];
  /** @throws Error with the reason if the configuration is unusable */
  readonly read: (ask: Ask) => Promise<Answer>;
  /** The only paths that the preset opens; undefined: all paths of each host. */
  readonly paths?: readonly string[];
  /** Files at the top of a project that show that it uses this client: names, or `*.` and an ending. */
  readonly projectFiles: readonly string[];
}

/**
 * Returns the URL without the parts that may contain a login: user name, password, query and fragment. Returns an empty
 * list if the text is no URL. Pure.
 */
export function withoutLogin(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const url = new URL(text);
  [url.username, url.password, url.search, url.hash] = ['', '', '', ''];
  return [url.href];
}

/**
 * A host without `*`: a URL may contain `*` in its host, which a rule would treat as every subdomain. No registry may
 * open that much.
 */
const ONE_HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)$/;

/**
 * Returns each endpoint once, without the user names and passwords of the URLs. Pure.
 * @throws Error for a URL whose host is not the name of one host
 */
export function endpointsIn(urls: readonly string[]): readonly Endpoint[] {
  const found = urls.flatMap((url) => {
    if (!URL.canParse(url)) return [];
    const { protocol, hostname, port } = new URL(url);
    const scheme = protocol === 'https:' ? 'https' : protocol === 'http:' ? 'http' : undefined;
    if (scheme === undefined || hostname === '') return [];
    if (!ONE_HOST.test(hostname)) throw new Error(`${hostname} is no name of one host`);
    const defaultPort = scheme === 'https' ? 443 : 80;
    return [
      { host: hostname.replaceAll(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port), scheme },
    ] as const;
  });
  return [...new Map(found.map((endpoint) => [JSON.stringify(endpoint), endpoint])).values()];
}

/** Escapes a text for XML content or an attribute. Pure. */
export const xmlText = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
