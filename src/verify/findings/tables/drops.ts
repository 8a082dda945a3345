import { ATTACKER, type Attack } from '../reach.ts';

/**
 * Public hosts that accept data from anybody and show it to a recipient of the sender's choice. To add a host, add a
 * line. Wildcards over names that anybody can register are in suffixes.ts.
 */

export const DROP_KINDS = [
  'paste',
  'upload',
  'webhook',
  'requestBin',
  'telemetry',
  'resolver',
  'relay',
] as const;
export type DropKind = (typeof DROP_KINDS)[number];

/** `METHOD host/path` by kind; `%` stands for the attacker's account. */
const TABLE: Readonly<Record<DropKind, string>> = {
  // MITRE ATT&CK T1567.003
  paste: `
    POST pastebin.com/api/api_post.php
    POST paste.ee/api
    POST dpaste.org/api/
    POST dpaste.com/api/v2/
    POST hastebin.com/documents
    POST rentry.co/api/new
    POST controlc.com/
    POST ix.io/
    POST sprunge.us/
    POST paste.rs/
    POST api.github.com/gists
    POST gist.github.com/%.git/git-receive-pack
    POST gitlab.com/api/v4/snippets
  `,
  // MITRE ATT&CK T1567.002
  upload: `
    PUT transfer.sh/%
    POST file.io/
    POST 0x0.st/
    POST catbox.moe/user/api.php
    POST litterbox.catbox.moe/resources/internals/api.php
    POST tmpfiles.org/api/v1/upload
    POST content.dropboxapi.com/2/files/upload
    POST www.googleapis.com/upload/drive/v3/files
    PUT storage.googleapis.com/%/x
    PUT s3.amazonaws.com/%/x
    POST upload.gofile.io/uploadfile
    POST api.imgur.com/3/image
    POST huggingface.co/api/repos/create
    POST web.archive.org/save/
  `,
  // MITRE ATT&CK T1567.004
  webhook: `
    POST hooks.slack.com/services/%
    POST discord.com/api/webhooks/%
    POST discordapp.com/api/webhooks/%
    POST api.telegram.org/%/sendDocument
    POST hooks.zapier.com/hooks/catch/%
    POST maker.ifttt.com/trigger/%
    POST ntfy.sh/%
    POST api.pushover.net/1/messages.json
  `,
  // MITRE ATT&CK T1567.004; an agent's own list of allowed hosts contained webhook.site (Antigravity, 2025)
  requestBin: `
    GET webhook.site/%
    GET requestcatcher.com/%
    GET requestbin.com/%
    GET pipedream.com/%
    GET hookbin.com/%
    GET httpbin.org/get
    GET postman-echo.com/get
    GET interact.sh/%
  `,
  telemetry: `
    POST sentry.io/api/0/envelope/
    POST o1.ingest.sentry.io/api/1/envelope/
    POST api.segment.io/v1/track
    POST api.mixpanel.com/track
    POST api.statsig.com/v1/log_event
    POST statsigapi.net/v1/rgstr
    POST www.google-analytics.com/mp/collect
    POST http-intake.logs.datadoghq.com/api/v2/logs
    POST api.honeycomb.io/1/events/%
    POST api2.amplitude.com/2/httpapi
  `,
  resolver: `
    GET dns.google/dns-query
    GET cloudflare-dns.com/dns-query
    GET mozilla.cloudflare-dns.com/dns-query
    GET one.one.one.one/dns-query
    GET dns.quad9.net/dns-query
    GET doh.opendns.com/dns-query
    GET dns.adguard-dns.com/dns-query
    GET dns.nextdns.io/%
  `,
  relay: `
    GET r.jina.ai/%.example/
    GET translate.google.com/translate
    GET api.allorigins.win/get
    GET corsproxy.io/
    GET api.codetabs.com/v1/proxy
    GET images.weserv.nl/
  `,
};

/** Returns the attacks of a kind. */
export const dropsOf = (kind: DropKind): readonly Attack[] =>
  TABLE[kind]
    .trim()
    .split('\n')
    .map((line) => parse(line.trim()));

/** Parses `METHOD host/path`. */
export function parse(line: string): Attack {
  const [, method = '', host = '', path = ''] = /^([A-Z]+) ([^/]+)(\/.*)$/.exec(line) ?? [];
  return { method, host, path: path.replaceAll('%', ATTACKER) };
}
