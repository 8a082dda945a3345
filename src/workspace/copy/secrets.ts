import { closeSync, readSync } from 'node:fs';
import type { Tree } from '../tree.ts';

/**
 * Files that never go into a copied workspace, git-ignored or not, unless the manifest names them (`copy_anyway`). Two
 * tables: one by name, where a row matches `/path` in lower case, and the file's beginning decides if the name is not
 * enough; and one by content, for any name. The gateway's rules for secrets come on top: see `SecretLook`.
 */

interface SecretKind {
  readonly what: string;
  readonly path: RegExp;
  /** Similar names that hold no secret. */
  readonly except?: RegExp;
  /** If set, the file is a secret only if its beginning matches. */
  readonly content?: RegExp;
}

const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File/;

const SECRETS: readonly SecretKind[] = [
  {
    what: 'environment file',
    path: /\/(\.env(rc)?([.-][^/]*)?|[^/]+\.env(\.[^/]*)?|\.flaskenv|\.dev\.vars(\.[^/]*)?|\.envfile)$/,
    except: /[.-](example|sample|template|tmpl|dist|defaults?|schema|vault|md|d\.ts)$/,
  },
  // cookiecutter-django keeps such files in .envs; other projects name them without the leading dot.
  { what: 'environment file', path: /\/\.envs\//, except: /[.-](example|sample|template|md)$/ },
  { what: 'environment file', path: /\/(\.envs|env\.(local|prod(uction)?|staging|secrets?))$/ },
  { what: 'SSH key', path: /\/id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/ },
  { what: 'SSH folder', path: /\/\.ssh\// },
  { what: 'GnuPG folder', path: /\/\.gnupg\// },
  { what: 'private key', path: /\.(pem|key|p8|ppk|asc|crt|cer)$/, content: PRIVATE_KEY },
  { what: 'key store', path: /\.(p12|pfx|jks|keystore|kdbx|agekey)$/ },
  { what: 'Rails key', path: /\/(master|credentials\/[^/]+)\.key$/ },
  {
    what: 'registry token',
    path: /\/(\.npmrc|\.yarnrc\.yml|\.yarnrc|\.pnpmrc|\.pypirc|pip\.conf|\.bunfig\.toml|nuget\.config)$/,
    content: /_auth|_password|authtoken|authident|password|token|:\/\/[^/\s]+@/i,
  },
  { what: 'login data', path: /\/(\.netrc|_netrc|\.git-credentials|\.pgpass|\.htpasswd|\.boto|\.s3cfg)$/ },
  { what: 'login data', path: /\/\.my\.cnf$/, content: /password/i },
  { what: 'AWS credentials', path: /\/\.aws\/(credentials|config)$/ },
  { what: 'AWS credentials', path: /\/\.aws\/(sso|cli)\/cache\// },
  { what: 'Azure credentials', path: /\/\.azure\// },
  { what: 'Google credentials', path: /\/(\.config\/)?gcloud\// },
  { what: 'Google credentials', path: /\/application_default_credentials\.json$/ },
  {
    what: 'service credentials',
    path: /(credential|secret|service[-_.]?account|client_secret|auth|token)[^/]*\.json$/,
    content:
      /"(private_key|client_secret|refresh_token|access_token|api_?key)"|OPENAI_API_KEY|"github-oauth"/i,
  },
  {
    what: 'Kubernetes credentials',
    path: /\/(\.kube\/config|[^/]*kubeconfig([-_.][^/]*)?)$/,
    except: /\.(md|go|py|ts|js|rs|java|sh|tmpl|tpl|j2)$/,
  },
  {
    what: 'Docker login',
    path: /\/(\.docker\/config\.json|\.dockercfg|\.dockerconfigjson)$/,
    content: /"auth/,
  },
  { what: 'Terraform state', path: /\.tfstate(\.backup|\.\d+\.backup)?$/ },
  { what: 'Terraform values', path: /\.tfvars(\.json)?$/, except: /[.-](example|sample)\.tfvars(\.json)?$/ },
  { what: 'Terraform token', path: /\/(\.terraformrc|credentials\.tfrc\.json)$/, content: /token/ },
  { what: 'Vault token', path: /\/\.vault-token$/ },
  { what: 'Ansible Vault password', path: /\/\.?vault[-_]pass(word)?([-_.][^/]*)?$/ },
  { what: 'Sentry token', path: /\/\.sentryclirc$/ },
  { what: 'Streamlit secrets', path: /\/\.streamlit\/secrets\.toml$/ },
  {
    what: 'secrets file',
    path: /\/\.?secrets?(\.local|\.prod(uction)?)?\.(env|json|ya?ml|toml|ini|properties|txt)$/,
  },
  { what: 'package token', path: /\/(\.cargo|\.gem|\.pulumi)\/credentials(\.toml|\.json)?$/ },
  { what: 'GitHub login', path: /\/gh\/hosts\.yml$/ },
  { what: 'agent login', path: /\/(\.claude\/\.credentials|\.codex\/auth|\.gemini\/oauth_creds)\.json$/ },
];

/**
 * Removes the marks of backups, which hold the same secret: `.env~`, `.env.bak`, `#.env#`, `.env.swp`, `id_rsa (copy)`.
 */
const withoutBackupMark = (name: string): string =>
  name
    .replace(/(\/)#([^/]+)#$/, '$1$2')
    .replace(
      /(~|\.~\d+~|[._-](bak|backup|orig|old|save|sav|sw[a-p]|copy|rej|tmp|\d+)| \(copy\)| copy)+$/,
      '',
    );

interface SecretContent {
  readonly what: string;
  /** The text, read as latin1, must match all of these. */
  readonly has: readonly RegExp[];
}

/** The file must be JSON as a whole: source code may mention such fields. */
const JSON_START = /^\s*[[{]/;

/** Kinds of secret by content, under any name. Source: the documentation of each program on its file format. */
const CONTENTS: readonly SecretContent[] = [
  {
    what: 'private key',
    // With a body: a program that searches for such a line is not a key.
    has: [
      /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:\\[rn]|\s|[A-Za-z0-9-]+: [^\n]*\n)*[A-Za-z0-9+/=]{24,}/,
    ],
  },
  { what: 'private key', has: [/^PuTTY-User-Key-File-\d/, /^Private-Lines:/m] },
  { what: 'private key', has: [/"kty"\s*:/, /"d"\s*:\s*"[\w-]{40,}"/] },
  { what: 'WireGuard key', has: [/^\s*PrivateKey\s*=\s*[A-Za-z0-9+/]{43}=\s*$/m] },
  {
    what: 'service account',
    has: [JSON_START, /"type"\s*:\s*"service_account"/, /"private_key(?:_id)?"\s*:\s*"[^"]{20,}"/],
  },
  {
    what: 'user credentials',
    has: [JSON_START, /"type"\s*:\s*"authorized_user"/, /"refresh_token"\s*:\s*"[^"]{16,}"/],
  },
  {
    what: 'Kubernetes credentials',
    has: [
      /^["']?kind["']?\s*:\s*["']?Config\b/m,
      /^\s*["']?(?:client-key-data|token|password|id-token|refresh-token)["']?\s*:\s*["']?[\w.+/=-]{16,}/m,
    ],
  },
  { what: 'Docker login', has: [JSON_START, /"auths"\s*:/, /"(?:auth|identitytoken)"\s*:\s*"[^"]{8,}"/] },
  { what: 'AWS credentials', has: [/^\s*aws_secret_access_key\s*=\s*[A-Za-z0-9+/]{40}\s*$/m] },
  { what: 'login data', has: [/^\s*machine\s+\S+\s+login\s+\S+\s+password\s+\S{6,}/m] },
  { what: 'Terraform state', has: [/^\s*\{/, /"terraform_version"\s*:/, /"lineage"\s*:/] },
];

/**
 * Beginnings of binary key files, in hexadecimal digits; `.` stands for any digit. Source: RFC 5208, 5915, 8017, 7292
 * (DER); keytool(1); KeePass.
 */
const KEY_HEADS: readonly { readonly what: string; readonly head: RegExp }[] = [
  {
    what: 'private key',
    head: /^30(?:[0-7].|81..|82....)(?:020100300.06|02010002(?:81|82)|0201010420|0201010430|020101044[2-9a])/,
  },
  { what: 'key store', head: /^30(?:82....|80|81..)0201033082?..?.?.?06092a864886f7/ },
  { what: 'key store', head: /^(?:feedfeed|cececece)000000/ },
  { what: 'key store', head: /^03d9a29a/ },
];

/** How many bytes of a file are inspected. */
const SECRET_HEAD_BYTES = 256 * 1024;
/** As in git: a NUL byte in the first bytes makes a file binary. */
const BINARY_HEAD_BYTES = 8000;

/** Whether a file is binary, by its beginning. */
const isBinary = (head: Buffer): boolean => head.subarray(0, BINARY_HEAD_BYTES).includes(0);

/**
 * Returns the kind of secret that the beginning of a file shows, whatever its name; undefined if no row matches. Pure.
 */
export function secretContent(head: Buffer): string | undefined {
  const start = head.toString('hex', 0, 40);
  const byHead = KEY_HEADS.find((kind) => kind.head.test(start))?.what;
  if (byHead !== undefined || isBinary(head)) return byHead;
  const text = head.toString('latin1');
  return CONTENTS.find(({ has }) => has.every((one) => one.test(text)))?.what;
}

/**
 * Returns the kind of secret that a file is by its name, or undefined.
 * @param readHead returns the first `SECRET_HEAD_BYTES` of the file; called only if the name leaves it open
 */
export function secretKind(path: string, readHead: () => string): string | undefined {
  const name = `/${path.toLowerCase()}`;
  const names = [name, withoutBackupMark(name)];
  return SECRETS.find(
    (kind) =>
      names.some((one) => kind.path.test(one) && kind.except?.test(one) !== true) &&
      (kind.content === undefined || kind.content.test(readHead())),
  )?.what;
}

/** Returns which secret a text contains, by rules of the caller; undefined if there is none. */
export type FindSecret = (text: Buffer) => string | undefined;

/**
 * Returns the kind of secret that a file of a tree is by its name, or undefined. Reads the beginning only if the name
 * leaves it open.
 */
export function secretKindIn(tree: Tree, path: string): string | undefined {
  return secretKind(path, () => readHead(tree, path, SECRET_HEAD_BYTES).toString('latin1'));
}

/** After this many bytes of all files together, `SecretLook` reads only short beginnings. */
const MOST_LOOKED_AT_BYTES = 512 * 1024 ** 2;
const SHORT_HEAD_BYTES = 16 * 1024;

/**
 * Looks for secrets in a tree's files, by name and by content. Reads a limited part of each file, and of all together.
 */
export class SecretLook {
  readonly #find: FindSecret;
  #lookedAtBytes = 0;

  constructor(find: FindSecret) {
    this.#find = find;
  }

  /** Returns the kind of secret that a file is, or undefined. */
  kindOf(tree: Tree, path: string): string | undefined {
    const isShort = this.#lookedAtBytes > MOST_LOOKED_AT_BYTES;
    let head: Buffer | undefined;
    const read = (): Buffer =>
      (head ??= readHead(tree, path, isShort ? SHORT_HEAD_BYTES : SECRET_HEAD_BYTES));
    const byName = secretKind(path, () => read().toString('latin1'));
    if (byName !== undefined) return byName;
    const content = read();
    this.#lookedAtBytes += content.length;
    return secretContent(content) ?? (isBinary(content) ? undefined : this.#find(content));
  }
}

/** One buffer for all files: each call of `kindOf` or `secretKindIn` fills and inspects it before the next. */
const HEAD = Buffer.alloc(SECRET_HEAD_BYTES);

function readHead(tree: Tree, path: string, bytes: number): Buffer {
  const fd = tree.openFile(path);
  if (fd === undefined) return HEAD.subarray(0, 0);
  try {
    return HEAD.subarray(0, readSync(fd, HEAD, 0, bytes, 0));
  } finally {
    closeSync(fd);
  }
}
