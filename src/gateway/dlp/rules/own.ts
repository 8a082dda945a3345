import type { Rule } from './rule.ts';

/** Our rules for forms that gitleaks lacks: prefixes and forms that vendors document. Expressions in Go's syntax. */

export interface OwnRule extends Rule {
  /** Where the form is described: a page, a source file, a standard. */
  readonly source: string;
}

/** Keys, tokens and addresses that have a known form. */
export const OWN_RULES: readonly OwnRule[] = [
  {
    id: 'anthropic-credential',
    // api03, admin01, oat01 and ort01 (OAuth), sid01 (a session), and future kinds.
    regex: String.raw`\b(sk-ant-[a-z]{2,12}[0-9]{2}-[A-Za-z0-9_-]{32,512})`,
    keywords: ['sk-ant-'],
    entropy: 3.5,
    homes: ['anthropic.com', 'claude.com', 'claude.ai'],
    source: 'https://docs.anthropic.com/en/api/admin-api',
  },
  {
    id: 'azure-account-key',
    regex: String.raw`(?i)\b(?:shared)?ac(?:count|cess)key\\?["']?\s{0,3}[=:]\s{0,3}\\?["']?([A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{43}=)`,
    keywords: ['accountkey', 'sharedaccesskey', 'accesskey'],
    entropy: 4,
    // The emulator's key, which is the same for everybody.
    allowlists: [{ regexes: ['^Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'] }],
    source: 'https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string',
  },
  {
    id: 'azure-sas-signature',
    regex: String.raw`(?i)[?&;](?:amp;|u0026)?sig=((?:[A-Za-z0-9+/_-]|%2[bf]){43,64}(?:=|%3d))`,
    keywords: ['sig='],
    entropy: 3.5,
    // In the address of a request, it only permits that request: servers redirect downloads of releases to such
    // addresses.
    place: 'body',
    source: 'https://learn.microsoft.com/rest/api/storageservices/create-service-sas',
  },
  {
    id: 'google-oauth-client-secret',
    regex: String.raw`\b(GOCSPX-[A-Za-z0-9_-]{28})`,
    keywords: ['gocspx-'],
    entropy: 3,
    source:
      'https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns',
  },
  {
    id: 'google-oauth-access-token',
    regex: String.raw`\b(ya29\.[A-Za-z0-9_-]{30,512})`,
    keywords: ['ya29.'],
    entropy: 3.5,
    source: 'https://developers.google.com/identity/protocols/oauth2',
  },
  {
    id: 'google-oauth-refresh-token',
    regex: String.raw`\b(1//0[A-Za-z0-9_-]{40,512})`,
    keywords: ['1//0'],
    entropy: 4,
    source: 'https://developers.google.com/identity/protocols/oauth2',
  },
  {
    id: 'docker-hub-token',
    regex: String.raw`\b(dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,64})`,
    keywords: ['dckr_pat_', 'dckr_oat_'],
    entropy: 3,
    source: 'https://docs.docker.com/security/for-developers/access-tokens/',
  },
  {
    id: 'crates-io-token',
    regex: String.raw`\b(cio[A-Za-z0-9]{32})\b`,
    keywords: ['cio'],
    entropy: 3.5,
    check: 'random',
    source: 'https://github.com/rust-lang/crates.io/blob/main/src/util/token.rs',
  },
  {
    id: 'nuget-api-key',
    regex: String.raw`\b(oy2[a-z0-9]{43})\b`,
    keywords: ['oy2'],
    entropy: 3.5,
    source: 'https://devblogs.microsoft.com/nuget/nuget-api-keys-in-github-secret-scanning/',
  },
  {
    id: 'pinecone-api-key',
    regex: String.raw`\b(pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{40,80})`,
    keywords: ['pcsk_'],
    entropy: 3.5,
    source: 'https://docs.pinecone.io/guides/projects/manage-api-keys',
  },
  {
    id: 'supabase-secret-key',
    regex: String.raw`\b(sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{28,64})`,
    keywords: ['sbp_', 'sb_secret_'],
    entropy: 3,
    source: 'https://supabase.com/docs/guides/api/api-keys',
  },
  {
    id: 'neon-api-key',
    regex: String.raw`\b(napi_[a-z0-9]{64}|npg_[A-Za-z0-9]{12,32})\b`,
    keywords: ['napi_', 'npg_'],
    entropy: 3,
    check: 'random',
    source: 'https://neon.com/docs/manage/api-keys',
  },
  {
    id: 'tailscale-key',
    regex: String.raw`\b(tskey-(?:[a-z]{3,8}-)?[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,64})`,
    keywords: ['tskey-'],
    entropy: 3,
    source: 'https://tailscale.com/kb/1252/key-secret-management',
  },
  {
    id: 'discord-bot-token',
    // Base64 of a numeric id, then of a time, then a code.
    regex: String.raw`(?i:discord|bot)[^\n]{0,60}?[^A-Za-z0-9_-]((?:M[DTjz]|N[DTjz]|O[DT])[A-Za-z0-9_-]{22,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38})`,
    keywords: ['discord', 'bot'],
    entropy: 4,
    source: 'https://discord.com/developers/docs/reference#authentication',
  },
  {
    id: 'discord-webhook',
    regex: String.raw`\b(https://(?:[a-z]{2,10}\.)?discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,80})`,
    keywords: ['/webhooks/'],
    entropy: 3.5,
    source: 'https://discord.com/developers/docs/resources/webhook',
  },
  {
    id: 'telegram-bot-token',
    regex: String.raw`(?:\b|bot)([0-9]{8,10}:AA[A-Za-z0-9_-]{32,33})(?:[^A-Za-z0-9_-]|$)`,
    keywords: [':aa'],
    entropy: 4,
    source: 'https://core.telegram.org/bots/api#authorizing-your-bot',
  },
  {
    id: 'stripe-webhook-secret',
    regex: String.raw`\b(whsec_[A-Za-z0-9+/=]{32,80})`,
    keywords: ['whsec_'],
    entropy: 4,
    source: 'https://docs.stripe.com/webhooks/signature',
  },
  {
    id: 'atlassian-bitbucket-token',
    regex: String.raw`\b(ATBB[A-Za-z0-9]{24}[A-F0-9]{8}|ATCTT3[A-Za-z0-9_=-]{150,250}|BBDC-[A-Za-z0-9+/@_-]{44})`,
    keywords: ['atbb', 'atctt3', 'bbdc-'],
    entropy: 3.5,
    source: 'https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/',
  },
  {
    id: 'circleci-token',
    regex: String.raw`\b(CCI(?:PAT|PRJ)_[A-Za-z0-9]{20,24}_[A-Fa-f0-9]{40})`,
    keywords: ['ccipat_', 'cciprj_'],
    entropy: 3.5,
    source: 'https://circleci.com/docs/managing-api-tokens/',
  },
  {
    id: 'fly-io-token',
    regex: String.raw`\b(fo1_[\w-]{43}|fm[12][ar]?_[A-Za-z0-9+/]{100,900}={0,3})`,
    keywords: ['fo1_', 'fm1', 'fm2_'],
    entropy: 4,
    source: 'https://fly.io/docs/security/tokens/',
  },
];
