import type { OwnRule } from './own.ts';

/**
 * Our own rules for tokens with a fixed prefix or shape that upstream finds only beside a vendor's name, or not at all.
 */

const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';

export const OWN_TOKENS: readonly OwnRule[] = [
  {
    id: 'adafruit-io-key',
    regex: String.raw`\b(aio_[A-Za-z0-9]{28})\b`,
    keywords: ['aio_'],
    entropy: 3,
    source: 'https://io.adafruit.com/api/docs',
  },
  {
    id: 'amazon-mws-token',
    // The prefix decides: nothing else begins with it.
    regex: String.raw`\b(amzn\.mws\.${UUID})\b`,
    keywords: ['amzn.mws.'],
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds.html',
  },
  {
    id: 'azure-app-configuration-secret',
    regex: String.raw`\.azconfig\.io;Id=[^;\s]{1,100};Secret=([A-Za-z0-9+/]{42,86}={0,2})`,
    keywords: ['.azconfig.io;'],
    entropy: 4,
    source: 'https://learn.microsoft.com/azure/azure-app-configuration/howto-best-practices',
  },
  {
    id: 'azure-devops-token',
    regex: String.raw`(?i)(?:ado_pat|pat_token|personal_?access_?token|devops(?:_ext)?_pat|\$token)\\?["']?\s{0,8}[=:]\s{0,8}\\?["']?([a-z0-9]{52})(?:\\?["'\x60]|[\s,;)}\]&]|\\[nrt]|$)`,
    keywords: ['ado_pat', 'pat_token', 'personal_access', 'personalaccess', 'devops_', '$token'],
    check: 'random',
    isLikely: true,
    place: 'body',
    source:
      'https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate',
  },
  {
    id: 'dependency-track-api-key',
    regex: String.raw`\b(odt_[A-Za-z0-9]{32,255})\b`,
    keywords: ['odt_'],
    entropy: 3.5,
    check: 'random',
    source: 'https://docs.dependencytrack.org/integrations/rest-api/',
  },
  {
    id: 'doppler-token',
    regex: String.raw`\b(dp\.(?:ct|pt|sa|scim|audit|said|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44})\b`,
    keywords: ['dp.'],
    entropy: 3.5,
    source: 'https://docs.doppler.com/reference/auth-token-formats',
  },
  {
    id: 'github-refresh-token-long',
    regex: String.raw`\b(ghr_[A-Za-z0-9]{76})\b`,
    keywords: ['ghr_'],
    entropy: 3,
    check: 'crc62',
    source:
      'https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens',
  },
  {
    id: 'jina-api-key',
    regex: String.raw`\b(jina_[A-Za-z0-9]{60})\b`,
    keywords: ['jina_'],
    entropy: 3.5,
    source: 'https://jina.ai/api-dashboard/',
  },
  {
    id: 'kagi-api-key',
    regex: String.raw`(?i:kagi)[^\n]{0,100}?[^A-Za-z0-9_-]([A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]{43})(?:[^A-Za-z0-9_-]|$)`,
    keywords: ['kagi'],
    entropy: 4,
    source: 'https://help.kagi.com/kagi/api/overview.html',
  },
  {
    id: 'mailchimp-key',
    regex: String.raw`\b([0-9a-f]{32}-us[0-9]{1,2})\b`,
    keywords: ['-us'],
    entropy: 3,
    source: 'https://mailchimp.com/help/about-api-keys/',
  },
  {
    id: 'microsoft-teams-outlook-webhook',
    regex: String.raw`(?i)https://outlook\.office(?:365)?\.com/webhook/${UUID}@${UUID}/[a-z]{1,40}/[0-9a-f]{32}/${UUID}`,
    keywords: ['https://outlook.office'],
    source:
      'https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook',
  },
  {
    id: 'new-relic-key',
    regex: String.raw`\b(NRAK-[A-Z0-9]{27}|NRAA-[a-f0-9]{27}|NRI[IQ]-[A-Za-z0-9_-]{32}|NRRA-[a-f0-9]{42})(?:[^A-Za-z0-9_-]|$)`,
    keywords: ['nrak-', 'nraa-', 'nrii-', 'nriq-', 'nrra-'],
    entropy: 3,
    source: 'https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/',
  },
  {
    id: 'new-relic-license-key',
    regex: String.raw`\b((?:[a-f0-9]{6}|[a-z]{2}[0-9]{2}x{2})[a-f0-9]{30}NRAL)\b`,
    keywords: ['nral'],
    entropy: 3,
    source: 'https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/#license-key',
  },
  {
    id: 'new-relic-pixie-key',
    regex: String.raw`\b(px-(?:api|dep)-${UUID})\b`,
    keywords: ['px-api-', 'px-dep-'],
    entropy: 3,
    source: 'https://docs.px.dev/reference/admin/api-keys/',
  },
  {
    id: 'okta-ssws-token',
    regex: String.raw`\bSSWS\s{1,3}(00[A-Za-z0-9_-]{40})(?:[^A-Za-z0-9_-]|$)`,
    keywords: ['ssws'],
    entropy: 4,
    source: 'https://developer.okta.com/docs/guides/create-an-api-token/main/',
  },
  {
    id: 'salesforce-session',
    regex: String.raw`\b(00D[A-Za-z0-9]{12}![A-Za-z0-9._]{80,120})(?:[^A-Za-z0-9._]|$)`,
    keywords: ['00d'],
    entropy: 4,
    allowlists: [{ stopwords: ['example'] }],
    source: 'https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/quickstart_oauth.htm',
  },
  {
    id: 'segment-public-api-token',
    regex: String.raw`\b(sgp_[A-Za-z0-9]{64})\b`,
    keywords: ['sgp_'],
    entropy: 3,
    source: 'https://segment.com/docs/api/public-api/',
  },
  {
    id: 'sourcegraph-token',
    // Upstream's rule also matches any digest, so it only warns.
    regex: String.raw`\b(sg[pd]_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40})\b`,
    keywords: ['sgp_', 'sgd_'],
    entropy: 3,
    source: 'https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token',
  },
  {
    id: 'tavily-api-key',
    regex: String.raw`\b(tvly-(?:(?:dev|prod)-)?[A-Za-z0-9]{32})\b`,
    keywords: ['tvly-'],
    entropy: 3,
    source: 'https://docs.tavily.com/documentation/api-reference/introduction',
  },
  {
    id: 'truenas-api-key',
    regex: String.raw`(?i:login_with_api_key|bearer)[^A-Za-z0-9][^A-Za-z0-9-]{0,40}(?:params[^A-Za-z0-9]{1,60})?([0-9]{1,4}-[A-Za-z0-9]{64})(?:[^A-Za-z0-9]|$)`,
    keywords: ['login_with_api_key', 'bearer'],
    entropy: 4,
    source: 'https://www.truenas.com/docs/scale/api/',
  },
  {
    id: 'twitch-stream-key',
    regex: String.raw`\b(live_[0-9]{8,12}_[A-Za-z0-9]{30,36})\b`,
    keywords: ['live_'],
    entropy: 3.5,
    source: 'https://help.twitch.tv/s/article/twitch-stream-key-faq',
  },
];
