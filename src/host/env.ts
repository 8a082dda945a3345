/** The only reader of the process environment. */

/** The host variable's value, or undefined where it is unset or empty. */
export function hostVariable(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === '' ? undefined : value;
}

const PASSED_TO_CHILDREN = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_RUNTIME_DIR'] as const;

/** The variables that every child process of ours gets: an allow-list, so that no secret travels by accident. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of PASSED_TO_CHILDREN) {
    const value = hostVariable(name);
    if (value !== undefined) kept[name] = value;
  }
  return { ...kept, ...extra };
}

/** What the host's own download clients (npm, apt) are configured with through the environment. */
const FOR_DOWNLOADS = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NPM_CONFIG_REGISTRY',
  'npm_config_registry',
  'NPM_CONFIG_USERCONFIG',
  'npm_config_userconfig',
  'NPM_TOKEN',
] as const;

/** The host's proxy, certificate and registry settings, for a child that downloads outside of any bottle. */
export function downloadEnvironment(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of FOR_DOWNLOADS) {
    const value = hostVariable(name);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** Where programs that keep secrets find their stores, and the way to their servers. */
const FOR_SECRETS = [
  /^(?:HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_(?:FILE|DIR)|SSH_AUTH_SOCK)$/i,
  /^(?:USER|LOGNAME|XDG_(?:CONFIG|DATA|CACHE|STATE)_HOME|DBUS_SESSION_BUS_ADDRESS)$/,
  /^(?:DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|GPG_TTY|GNUPGHOME|PASSWORD_STORE_DIR|BW_SESSION)$/,
  /^(?:GH_(?:CONFIG_DIR|HOST)|VAULT_(?:ADDR|NAMESPACE)|CLOUDSDK_CONFIG|AZURE_CONFIG_DIR)$/,
  /^AWS_(?:PROFILE|(?:DEFAULT_)?REGION|CONFIG_FILE|SHARED_CREDENTIALS_FILE)$/,
  /^OP_(?:ACCOUNT|SERVICE_ACCOUNT_TOKEN|CONNECT_HOST|CONNECT_TOKEN|SESSION_\w+)$/,
];

/** What a program is given, besides what every child is, that is to print a secret of the user's. */
export function secretEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && FOR_SECRETS.some((known) => known.test(name)) ? [[name, value]] : [],
    ),
  );
}

/** All of it: for a child that is this very program once more, on the user's behalf, and for nothing else. */
export function wholeEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
