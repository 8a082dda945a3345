/** Headers by which a known server, framework or proxy treats a request as a different one, each with its source. */

interface OverridingHeader {
  /** Names in merged spelling: lower case, with `-` for all but letters and digits. */
  readonly names: readonly string[];
  /** The software that obeys them, and a reference. */
  readonly source: string;
}

const METHODS: readonly OverridingHeader[] = [
  {
    names: ['x-http-method-override', 'x-http-method', 'x-method-override'],
    source: 'Rack::MethodOverride; Express method-override; Google APIs; OData (MS-ODATA, 2.2.5.8)',
  },
  {
    names: ['x-forwarded-method', 'x-original-method'],
    source: 'Authelia and oauth2-proxy #3505, behind Traefik, Caddy or nginx: whose method is authorized',
  },
];

const PATHS: readonly OverridingHeader[] = [
  { names: ['x-original-url', 'x-rewrite-url'], source: 'IIS; Symfony CVE-2018-14773; Laminas; CakePHP' },
  {
    names: ['script-name', 'x-script-name', 'path-info'],
    source: 'gunicorn takes as much of the path away; so does what stands before many WSGI applications',
  },
  {
    names: ['x-original-uri'],
    source: 'nginx auth_request, as its documentation has it: what is authorized',
  },
  { names: ['x-forwarded-uri'], source: 'oauth2-proxy GHSA-7x63-xv5r-3p2x; Traefik ForwardAuth; Authelia' },
  { names: ['x-forwarded-path'], source: 'Kong, trusted_ips' },
  {
    names: ['x-forwarded-prefix'],
    source: 'Spring ForwardedHeaderFilter; Werkzeug ProxyFix; Symfony; ASP.NET Core',
  },
  { names: ['x-forwarded-context', 'x-proxycontextpath'], source: 'Apache NiFi, NIFI-4019' },
  {
    names: ['x-matched-path', 'x-invoke-path', 'x-invoke-query', 'x-invoke-output', 'x-now-route-matches'],
    source:
      'Next.js 12 to 14, packages/next/src/server/base-server.ts: which page is rendered, by what parameters',
  },
  {
    names: ['x-middleware-subrequest', 'x-middleware-invoke', 'x-middleware-rewrite'],
    source: 'Next.js CVE-2025-29927: passes by what decides on paths',
  },
  {
    names: ['x-envoy-original-path'],
    source: 'Envoy, "x-envoy-original-path": who reads it instead of :path',
  },
  {
    names: ['x-envoy-original-dst-host'],
    source: 'Envoy, original destination clusters: which server gets it',
  },
  { names: ['x-replaced-path'], source: 'Traefik ReplacePath' },
  { names: ['x-ingress-path'], source: 'Home Assistant, add-ons behind its ingress' },
  { names: ['x-waws-unencoded-url', 'x-ms-original-url'], source: 'Azure App Service and Static Web Apps' },
  {
    names: ['x-rsc-request', 'x-rstudio-request', 'x-rstudio-root-path'],
    source: 'Posit Connect and Workbench',
  },
  {
    names: ['x-sendfile-type', 'x-accel-mapping'],
    source: 'Rack::Sendfile CVE-2025-61780: which location of nginx answers',
  },
  {
    names: ['x-request-uri', 'x-request-url', 'x-uri', 'x-url', 'x-proxy-url', 'x-http-destinationurl'],
    source: 'lists that attackers try: PortSwigger Param Miner; obeyed by applications of their own',
  },
];

/** Excludes metadata that users attach to their objects, such as `x-amz-meta-copy-source`. No store obeys it. */
export const NO_METADATA = '(?!(?:\\w+-)?(?:object-|container-|account-)?meta-)';

/** Each proxy has its own name for the original path, and new ones appear, so this matches their form. */
const PATH_SHAPE = new RegExp(
  `^x-${NO_METADATA}(?:[a-z0-9]+-)*` +
    '(?:orig|original|forwarded|rewrite|rewritten|replaced|override|overridden|matched|invoke|unencoded|stripped)-' +
    '(?:request-)?(?:url|uri|path|pathname|path-info|prefix)$',
);

const NAMES: ReadonlySet<string> = new Set([...METHODS, ...PATHS].flatMap(({ names }) => names));

/** First letters of all these names: an x, or CGI's names for parts of the path. */
const BEGINS = new Set('xXsSpP');

/** Returns whether some server treats a request with this header as one for another method, path or server. Pure. */
export function isOverridingHeader(name: string): boolean {
  if (!BEGINS.has(name[0] ?? '')) return false;
  const merged = mergedName(name); // CGI (RFC 3875, 4.1.18) and PHP merge names in this way
  return NAMES.has(merged) || PATH_SHAPE.test(merged);
}

/** Returns a header's name as servers see it that merge names. */
export const mergedName = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-');
