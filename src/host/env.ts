/** The only reader of the process environment. */

/** The value of a host variable; undefined if it is unset or empty. */
export function hostVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** The variables among these names that have a value. */
function hostVariables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = hostVariable(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const PASSED_TO_CHILDREN = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_RUNTIME_DIR'] as const;

/** System folders for programs such as mke2fs, which an ordinary user's PATH omits on Debian and its derivatives. */
const ADMINISTRATION_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** A PATH with the administration folders appended to the user's own. Pure. */
function withAdministrationFolders(path: string): string {
  const folders = path.split(':');
  return [...folders, ...ADMINISTRATION_FOLDERS.filter((folder) => !folders.includes(folder))].join(':');
}

/**
 * The variables of every child process: an allow-list, so that no secret is passed on by accident. Adds the
 * administration folders to PATH, so that the system's own programs are found.
 */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const passed = hostVariables(PASSED_TO_CHILDREN);
  const path = passed['PATH'];
  return {
    ...passed,
    ...(path === undefined ? {} : { PATH: withAdministrationFolders(path) }),
    ...extra,
  };
}

/** Variables for proxies and certificate authorities. */
const FOR_THE_NETWORK = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const;

/** Variables that configure the host's download clients (npm, apt). */
const FOR_DOWNLOADS = [
  ...FOR_THE_NETWORK,
  'NPM_CONFIG_REGISTRY',
  'npm_config_registry',
  'NPM_CONFIG_USERCONFIG',
  'npm_config_userconfig',
  'NPM_TOKEN',
] as const;

/** The host's proxy, certificate and registry settings, for a child that downloads outside of any bottle. */
export function downloadEnvironment(): Record<string, string> {
  return hostVariables(FOR_DOWNLOADS);
}

/**
 * Variables for programs that keep secrets: the location of their stores, the user's identity, and the network. The
 * first part serves all of them; the rest are prefixes of variables that belong to one program. docs/MANIFEST.md lists
 * them.
 */
export const FOR_SECRETS = [
  'USER',
  'LOGNAME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_CACHE_HOME',
  'XDG_STATE_HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'SSH_AUTH_SOCK',
  'GNUPGHOME',
  'GPG_TTY',
  ...FOR_THE_NETWORK,
  'AZURE_CONFIG_DIR',
  'GH_CONFIG_DIR',
  'GH_HOST',
  'GLAB_CONFIG_DIR',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'KUBECONFIG',
  'AWS_*',
  'BAO_*',
  'BITWARDENCLI_*',
  'BWS_*',
  'BW_*',
  'CLOUDSDK_*',
  'DOPPLER_*',
  'GOPASS_*',
  'INFISICAL_*',
  'OP_*',
  'PASSWORD_STORE_*',
  'SOPS_*',
  'VAULT_*',
] as const;

const isForSecrets = (name: string): boolean =>
  FOR_SECRETS.some((known) => (known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : name === known));

/** Variables for a program that prints a secret of the user, in addition to those of every child process. */
export function secretEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && isForSecrets(name) ? [[name, value]] : [],
    ),
  );
}

/**
 * The whole environment, except variables that equal or contain one of these texts. Only for a child that is this same
 * program, on the user's behalf.
 */
export function wholeEnvironment(without: readonly string[] = []): Record<string, string> {
  const isKept = (value: string): boolean =>
    !without.some((text) => value === text || (text.length >= NO_CHANCE && value.includes(text)));
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || !isKept(value) ? [] : [[name, value]],
    ),
  );
}

/**
 * Minimum length of a text to search for. A shorter one may occur in a path by chance, and bot-bottle needs that
 * variable to find its state.
 */
const NO_CHANCE = 16;
