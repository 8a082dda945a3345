#!/usr/bin/env node
/**
 * A stand-in for pipelock, whose own program cannot be had on test hosts. Not pipelock: it was written from its published
 * contract (its README, its docs/configuration.md and `--help`, 2.3), as far as a bottle uses it, and refuses all else. It
 * knows the keys and flags that are documented there and no others; it takes JSON, which is YAML.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, get, request } from 'node:http';
import { BlockList, connect, isIP } from 'node:net';

/** Instead of DNS: filled in by the test. */
const NAMES = {};

/** The documented keys that a bottle writes; the value says what it must be. */
const KEYS = {
  version: (value) => value === 1,
  mode: (value) => ['strict', 'balanced', 'audit'].includes(value),
  enforce: isBoolean,
  explain_blocks: isBoolean,
  api_allowlist: isTexts,
  internal: isTexts,
  fetch_proxy: {
    listen: isText,
    timeout_seconds: isCount,
    max_response_mb: isCount,
    user_agent: isText,
    monitoring: {
      max_url_length: isCount,
      entropy_threshold: isCount,
      max_requests_per_minute: isCount,
      max_data_per_minute: isCount,
      blocklist: isTexts,
      subdomain_entropy_exclusions: isTexts,
    },
  },
  forward_proxy: {
    enabled: isBoolean,
    max_tunnel_seconds: isCount,
    idle_timeout_seconds: isCount,
    sni_verification: isBoolean,
    redirect_websocket_hosts: isTexts,
  },
  websocket_proxy: { enabled: isBoolean },
  tls_interception: { enabled: isBoolean, ca_cert: isText, ca_key: isText, passthrough_domains: isTexts },
  request_body_scanning: {
    enabled: isBoolean,
    action: (value) => ['warn', 'block'].includes(value),
    max_body_bytes: isCount,
    scan_headers: isBoolean,
  },
  logging: {
    format: (value) => ['json', 'text'].includes(value),
    output: (value) => ['stdout', 'file', 'both'].includes(value),
    file: isText,
    include_allowed: isBoolean,
    include_blocked: isBoolean,
  },
  sentry: { enabled: isBoolean, dsn: isText },
};

function isBoolean(value) {
  return typeof value === 'boolean';
}
function isText(value) {
  return typeof value === 'string';
}
function isTexts(value) {
  return Array.isArray(value) && value.every(isText);
}
function isCount(value) {
  return typeof value === 'number' && value >= 0;
}

function fail(message) {
  process.stderr.write(`Error: ${message}\n`);
  process.exit(1);
}

/** Strict parsing: a key that is not known is an error, at every depth. */
function check(value, keys, path) {
  for (const [key, inner] of Object.entries(value)) {
    const rule = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (rule === undefined) fail(`loading config: field ${path}${key} not found`);
    if (typeof rule === 'function' ? !rule(inner) : typeof inner !== 'object')
      fail(`invalid config: ${path}${key}`);
    if (typeof rule === 'object') check(inner, rule, `${path}${key}.`);
  }
}

function load(path) {
  const config = JSON.parse(readFileSync(path, 'utf8'));
  check(config, KEYS, '');
  if (config.mode === 'strict' && (config.api_allowlist ?? []).length === 0) {
    fail('invalid config: strict mode requires api_allowlist');
  }
  return config;
}

/** `*.example.com` is `example.com` too; addresses match exactly only. */
function matches(host, pattern) {
  if (isIP(host) !== 0 || !pattern.startsWith('*.')) return host === pattern.toLowerCase();
  return host === pattern.slice(2) || host.endsWith(pattern.slice(1));
}

function scannerOf(config) {
  const internal = new BlockList();
  for (const range of config.internal) {
    const [address, bits] = range.split('/');
    internal.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return (name) => {
    const host = name.toLowerCase().replace(/\.$/, '');
    if (config.mode === 'strict' && !config.api_allowlist.some((pattern) => matches(host, pattern))) {
      return { scanner: 'allowlist', reason: `domain not in allowlist: ${host}` };
    }
    const blocked = config.fetch_proxy.monitoring.blocklist.find((pattern) => matches(host, pattern));
    if (blocked !== undefined)
      return { scanner: 'blocklist', reason: `domain blocked: ${host} matches ${blocked}` };
    const address = isIP(host) === 0 ? NAMES[host] : host;
    if (address === undefined)
      return { scanner: 'ssrf', reason: `SSRF check failed: DNS resolution error for ${host}` };
    if (internal.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
      return { scanner: 'ssrf', reason: `SSRF blocked: ${host}` };
    return { address };
  };
}

function health(config) {
  return {
    status: 'healthy',
    version: 'stand-in',
    mode: config.mode,
    uptime_seconds: process.uptime(),
    dlp_patterns: 0,
    response_scan_enabled: false,
    git_protection_enabled: false,
    rate_limit_enabled: config.fetch_proxy.monitoring.max_requests_per_minute > 0,
    forward_proxy_enabled: config.forward_proxy?.enabled ?? false,
    websocket_proxy_enabled: config.websocket_proxy?.enabled ?? false,
    request_body_scan_enabled: config.request_body_scanning?.enabled ?? true,
    tls_interception_enabled: config.tls_interception?.enabled ?? false,
    kill_switch_active: false,
  };
}

function run(config) {
  const scan = scannerOf(config);
  const log = (line) => {
    appendFileSync(config.logging.file, `${JSON.stringify({ component: 'pipelock', ...line })}\n`);
  };
  const server = createServer((asked, answer) => {
    if (asked.url === '/health') return void answer.end(JSON.stringify(health(config)));
    if (!URL.canParse(asked.url) || !config.forward_proxy.enabled)
      return void answer.writeHead(400).end('bad request\n');
    const { hostname, port, pathname, search } = new URL(asked.url);
    const { address, ...found } = scan(hostname);
    log({
      event: address === undefined ? 'blocked' : 'allowed',
      method: asked.method,
      target: asked.url,
      ...found,
    });
    if (address === undefined) return void answer.writeHead(403).end(`blocked: ${found.reason}\n`);
    const options = {
      host: address,
      port: port || 80,
      method: asked.method,
      path: pathname + search,
      headers: asked.headers,
    };
    const onward = request(options, (from) => {
      answer.writeHead(from.statusCode, from.headers);
      from.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    asked.pipe(onward);
  });
  server.on('connect', ({ url }, client) => {
    const { hostname, port } = new URL(`https://${url}`);
    const { address, ...found } = config.forward_proxy.enabled ? scan(hostname) : { reason: 'disabled' };
    log({
      event: address === undefined ? 'blocked' : 'tunnel_open',
      method: 'CONNECT',
      target: url,
      ...found,
    });
    client.on('error', () => undefined);
    if (address === undefined) {
      const body = `blocked: ${found.reason}\n`;
      client.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    const onward = connect(Number(port || 443), address, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    onward.on('error', () => client.destroy());
    client.on('close', () => onward.destroy());
  });
  const [host, port] = config.fetch_proxy.listen.split(':');
  server.listen(Number(port), host, () => process.stderr.write(`pipelock listening on ${host}:${port}\n`));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
}

function healthcheck(address) {
  const asked = get(`http://${address}/health`, { timeout: 3_000 }, ({ statusCode }) =>
    process.exit(statusCode === 200 ? 0 : 1),
  );
  asked.on('error', () => process.exit(1));
}

const COMMANDS = {
  run: ['--config', (path) => run(load(path))],
  healthcheck: ['--addr', healthcheck],
};
const [name = '', flag, value, ...more] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) fail(`unknown command "${name}" for "pipelock"`);
if (flag !== command[0] || value === undefined || more.length > 0) fail(`unknown flag: ${flag}`);
command[1](value);
