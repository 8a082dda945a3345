/** The only reader of the process environment. */

/** The host variable's value, or undefined where it is unset or empty. */
export function hostVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

/** Those of these names that have a value. */
function hostVariables(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = hostVariable(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const PASSED_TO_CHILDREN = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_RUNTIME_DIR'] as const;

/** Where the system keeps programs that an ordinary user's PATH leaves out on Debian and its kin: mke2fs, for one. */
const ADMINISTRATION_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** A PATH with the system's folders for administration after the user's own. Pure. */
function withAdministrationFolders(path: string): string {
  const folders = path.split(':');
  return [...folders, ...ADMINISTRATION_FOLDERS.filter((folder) => !folders.includes(folder))].join(':');
}

/**
 * The variables that every child process of ours gets: an allow-list, so that no secret travels by accident. The system's own
 * programs are found whatever the user's PATH leaves out.
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

/** The way out of this host, and whom to trust there. */
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
 * Where programs that keep secrets find their stores, who asks, and the way to their servers: what all of them heed, and what
 * begins as one of them calls its own. docs/MANIFEST.md lists them.
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
 * All of it but the variables that are one of these texts, or have one in them: for a child that is this very program once more, on the
 * user's behalf, and for nothing else.
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

/** A shorter text may stand in a path by chance, and without it this program would not find its state. */
const NO_CHANCE = 16;
