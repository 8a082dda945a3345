/**
 * What never goes into a copied workspace, ignored by git or not. A table: a row is matched against `/path` in lower case;
 * where a name alone says too little, the file's beginning decides.
 */

interface SecretKind {
  readonly what: string;
  readonly path: RegExp;
  /** Names that look alike and hold no secret. */
  readonly except?: RegExp;
  /** Only a secret where the beginning of the file says so. */
  readonly content?: RegExp;
}

const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File/;

const SECRETS: readonly SecretKind[] = [
  {
    what: 'environment file',
    path: /\/\.env(rc)?(\.[^/]*)?$/,
    except: /\.(example|sample|template|tmpl|dist|defaults?|schema|vault)$/,
  },
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
  { what: 'Kubernetes credentials', path: /\/(\.kube\/config|kubeconfig|[^/]*\.kubeconfig)$/ },
  {
    what: 'Docker login',
    path: /\/(\.docker\/config\.json|\.dockercfg|\.dockerconfigjson)$/,
    content: /"auth/,
  },
  { what: 'Terraform state', path: /\.tfstate(\.backup|\.\d+\.backup)?$/ },
  { what: 'Terraform values', path: /\/(terraform|[^/]*\.auto)\.tfvars(\.json)?$/ },
  { what: 'Terraform token', path: /\/(\.terraformrc|credentials\.tfrc\.json)$/, content: /token/ },
  { what: 'Vault token', path: /\/\.vault-token$/ },
  { what: 'package token', path: /\/(\.cargo|\.gem|\.pulumi)\/credentials(\.toml|\.json)?$/ },
  { what: 'GitHub login', path: /\/gh\/hosts\.yml$/ },
  { what: 'agent login', path: /\/(\.claude\/\.credentials|\.codex\/auth|\.gemini\/oauth_creds)\.json$/ },
];

/** How much of a file `content` looks at. */
export const SECRET_HEAD_BYTES = 64 * 1024;

/**
 * What kind of secret a file is, or undefined.
 * @param readHead gives the first `SECRET_HEAD_BYTES` of the file; called only where the name leaves it open
 */
export function secretKind(path: string, readHead: () => string): string | undefined {
  const name = `/${path.toLowerCase()}`;
  return SECRETS.find(
    (kind) =>
      kind.path.test(name) &&
      kind.except?.test(name) !== true &&
      (kind.content === undefined || kind.content.test(readHead())),
  )?.what;
}
