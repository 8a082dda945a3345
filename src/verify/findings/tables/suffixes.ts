/**
 * Suffixes under which anybody with an account gets a separate name, and which publicsuffix.org does not list: a
 * manifest cannot have a wildcard over those that it lists (docs/adr/0097). Each entry names the page that documents
 * it.
 */
export interface SharedSuffix {
  readonly suffix: string;
  /** What an account holder gets there. */
  readonly gives: string;
  readonly source: string;
}

export const SHARED_SUFFIXES: readonly SharedSuffix[] = [
  given(
    'r2.cloudflarestorage.com',
    'an account of object storage',
    'developers.cloudflare.com/r2/api/s3/api',
  ),
  given('backblazeb2.com', 'a bucket', 'backblaze.com/docs/cloud-storage-call-the-s3-compatible-api'),
  given('wasabisys.com', 'a bucket', 'docs.wasabi.com, service URLs'),
  given('aliyuncs.com', 'a bucket or a function', 'alibabacloud.com/help/oss, access by domain names'),
  given('myqcloud.com', 'a bucket', 'tencentcloud.com/document/product/436'),
  given('oraclecloud.com', 'a bucket or an API', 'docs.oracle.com/iaas, object storage endpoints'),
  given('dropboxusercontent.com', 'files that are served', 'help.dropbox.com/share/force-download'),
  given('b-cdn.net', 'a pull zone, which fetches from its owner’s server', 'docs.bunny.net'),
  given('sharepoint.com', 'a tenant', 'learn.microsoft.com/microsoft-365, tenant names'),
  given('cloudapp.azure.com', 'a machine', 'learn.microsoft.com/azure, subdomain takeover'),
  given('logic.azure.com', 'a workflow that takes requests', 'learn.microsoft.com/azure/logic-apps'),
  given('database.windows.net', 'a database', 'learn.microsoft.com/azure/azure-sql'),
  given(
    'openai.azure.com',
    'a model API whose owner reads the logs',
    'learn.microsoft.com/azure/ai-services',
  ),
  given('cognitiveservices.azure.com', 'a service with storage', 'learn.microsoft.com/azure/ai-services'),
  given('atlassian.net', 'a site with uploads', 'support.atlassian.com'),
  given('zendesk.com', 'a help desk that takes tickets of anybody', 'support.zendesk.com'),
  given('freshdesk.com', 'a help desk that takes tickets of anybody', 'support.freshdesk.com'),
  given('service-now.com', 'an instance', 'developer.servicenow.com'),
  given('auth0.com', 'a tenant with logs', 'auth0.com/docs/get-started/tenant-settings'),
  given('okta.com', 'an organisation with logs', 'developer.okta.com'),
  given('snowflakecomputing.com', 'an account of a data warehouse', 'docs.snowflake.com'),
  given('cloud.databricks.com', 'a workspace', 'docs.databricks.com'),
  given('slack.com', 'a workspace', 'slack.com/help'),
  given('pipedream.net', 'an address that stores each request', 'pipedream.com/docs/workflows/triggers'),
  given('beeceptor.com', 'an address that stores each request', 'beeceptor.com/docs'),
  given('requestcatcher.com', 'an address that stores each request', 'requestcatcher.com'),
  given('requestbin.net', 'an address that stores each request', 'requestbin.net'),
  given(
    'oastify.com',
    'an address that stores each request',
    'portswigger.net/burp/documentation/collaborator',
  ),
  given(
    'burpcollaborator.net',
    'an address that stores each request',
    'portswigger.net/burp/documentation/collaborator',
  ),
  given('oast.fun', 'an address that stores each request', 'github.com/projectdiscovery/interactsh'),
  given('oast.pro', 'an address that stores each request', 'github.com/projectdiscovery/interactsh'),
  given('interact.sh', 'an address that stores each request', 'github.com/projectdiscovery/interactsh'),
  given('dnslog.cn', 'a name whose questions are kept', 'dnslog.cn'),
  given('loca.lt', 'a tunnel to its owner’s computer', 'github.com/localtunnel/localtunnel'),
  given('lhr.life', 'a tunnel to its owner’s computer', 'localhost.run/docs'),
  given('serveo.net', 'a tunnel to its owner’s computer', 'serveo.net'),
  given(
    'devtunnels.ms',
    'a tunnel to its owner’s computer',
    'learn.microsoft.com/azure/developer/dev-tunnels',
  ),
  given('app.github.dev', 'a port of its owner’s machine', 'docs.github.com/codespaces, forwarding ports'),
  given('gitpod.io', 'a port of its owner’s machine', 'gitpod.io/docs'),
  given('modal.run', 'a program that takes requests', 'modal.com/docs/guide/webhooks'),
  given('glitch.me', 'a site', 'help.glitch.com'),
  given('firebaseio.com', 'a database', 'firebase.google.com/docs/database'),
  given('wordpress.com', 'a site', 'wordpress.com/support'),
  given('tumblr.com', 'a site', 'tumblr.com/docs'),
  given('substack.com', 'a site', 'support.substack.com'),
  given('weebly.com', 'a site', 'weebly.com'),
];

function given(suffix: string, gives: string, source: string): SharedSuffix {
  return { suffix, gives, source };
}
