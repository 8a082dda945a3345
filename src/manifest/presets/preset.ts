/** What the record of a package client consists of; one file of this folder has the records of one family of registries. */

/** A place that a client downloads from. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly scheme: 'https' | 'http';
  /** Where only these paths are meant. */
  readonly paths?: readonly string[];
}

/** The proxy as the bottle sees it, for clients that read no proxy variable. */
export interface GuestProxy {
  readonly host: string;
  readonly port: number;
}

/** What a client in a bottle needs to ask where this host's own client asks. It never contains a login. */
export interface ClientSettings {
  readonly env?: Readonly<Record<string, string>>;
  /** Text by path below the home folder of the bottle. */
  readonly homeFiles?: Readonly<Record<string, string>>;
}

/** What a client says of its configuration. */
export interface Answer {
  /** Where it downloads from; what is not http or https is ignored. */
  readonly urls: readonly string[];
  readonly settings?: (proxy: GuestProxy) => ClientSettings;
}

export type Command = readonly [program: string, ...args: string[]];

export interface AskOptions {
  /** Variables for this command, besides those of the record. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command fails by design, and its error output is part of the answer. */
  readonly mayFail?: true;
  /** Default 20 s. */
  readonly timeoutMs?: number;
  /** The command reaches the network: it gets this host's proxy and certificates. */
  readonly reachesNetwork?: true;
}

/** Runs a command of the client outside of any project and gives what it prints. @throws BottleError `dependencyMissing` */
export type Ask = (command: Command, options?: AskOptions) => Promise<string>;

export interface Preset {
  /** The program that must be on the host. */
  readonly program: string;
  /** Variables of the host that the client reads its configuration from. */
  readonly variables: readonly string[];
  /** @throws Error with the reason where the configuration cannot be used */
  readonly read: (ask: Ask) => Promise<Answer>;
  /** The only paths that it opens; of each host, all, where there is none. */
  readonly paths?: readonly string[];
  /** Files at the top of a project that show that it uses this client: names, or `*.` and an ending. */
  readonly projectFiles: readonly string[];
}

/** The URL without its user name, password, query and fragment, where logins are; nothing where the text is no URL. Pure. */
export function withoutLogin(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const url = new URL(text);
  [url.username, url.password, url.search, url.hash] = ['', '', '', ''];
  return [url.href];
}

/** A URL may have `*` in its host, and a rule takes it for every subdomain: no registry says what a bottle may reach so widely. */
const ONE_HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_.-]+)$/;

/**
 * Each place once. User names and passwords in URLs are dropped here and go nowhere. Pure.
 * @throws Error for a URL whose host is no name of one host
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

/** A text between the tags of XML, or in an attribute. Pure. */
export const xmlText = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
