import { METADATA_ADDRESS } from './apart.ts';
import { BUBBLEWRAP, gateway, type Sabotage } from './sabotage.ts';

const anyAddress = gateway(/function refusedAddress\(address, own\) \{/, '$& return undefined;');

/** Mistakes in the gateway's decisions, and in what it reveals. */
export const OF_THE_GATEWAY: readonly Sabotage[] = [
  {
    name: 'gateway: methods are not looked at',
    rung: BUBBLEWRAP,
    edits: [gateway(/function allows\(rule, request\) \{/, '$& rule = { ...rule, methods: undefined };')],
    breached: ['method-other', 'method-trace'],
  },
  {
    name: 'gateway: paths are not looked at',
    rung: BUBBLEWRAP,
    edits: [gateway(/function allowsPath\(globs, sent\) \{/, '$& return true;')],
    breached: ['path-outside', 'path-dots'],
  },
  {
    name: 'gateway: SNI check off',
    rung: BUBBLEWRAP,
    edits: [
      gateway(
        /if \(expected !== void 0 && expected\.host !== host\.host\) \{/,
        'if (expected !== void 0 && expected.host !== host.host) { return { host: expected };',
      ),
    ],
    breached: ['sni-mismatch'],
  },
  {
    name: 'gateway: the Host header is not compared',
    rung: BUBBLEWRAP,
    edits: [
      gateway(/if \(!isSameEndpoint\(url, host\) \|\| !isSameEndpoint\(bound, host\)\) \{/, 'if (false) {'),
      gateway(
        /return \{ kind: "outside", endpoint: host, path:/,
        'return { kind: "outside", endpoint: url, path:',
      ),
    ],
    breached: ['host-mismatch'],
  },
  {
    name: 'gateway: a policy that allows a private range (127/8, and the host’s own addresses)',
    rung: BUBBLEWRAP,
    edits: [
      gateway(/\["127\.0\.0\.0\/8", "loopback"\],/, ''),
      gateway(/why \?\? \(own\.has\(canonical\) \? "the host's own" : void 0\)/, 'why'),
    ],
    breached: ['own-name'],
  },
  {
    name: 'gateway: it fails open',
    rung: BUBBLEWRAP,
    edits: [
      anyAddress,
      gateway(/function decide\(policy, request\) \{/, '$& return allowedBy(policy.allow[0]);'),
    ],
    breached: ['connect-name', 'http-address'],
  },
  {
    name: 'gateway: redirects are followed',
    rung: BUBBLEWRAP,
    edits: [
      gateway(
        /function sendBack\(exchange, progress, [^)]*\) \{/,
        `$&
        const led = progress.answer?.headers.find((value) => value.startsWith("http://"));
        if (led !== undefined) require("node:http").get(led).on("error", () => undefined);`,
      ),
    ],
    breached: ['redirect-gateway', 'redirect-elsewhere'],
    held: ['connect-address', 'own-name'],
  },
  {
    name: 'gateway: tunnels carry anything',
    rung: BUBBLEWRAP,
    edits: [
      gateway(/if \(gate\.allowsRaw\(asked\)\) await serveRaw/, 'if (true) await serveRaw'),
      gateway(
        /await serveRaw\(gate, \{ \.\.\.asked, scheme: "tcp" \}/,
        'await serveRaw(gate, { ...asked, scheme: "https" }',
      ),
    ],
    breached: ['not-tls', 'sni-mismatch'],
  },
  {
    name: 'gateway: audit not written',
    rung: BUBBLEWRAP,
    edits: [
      gateway(
        /for \(let done = 0; done < length; \) done \+= /,
        'for (let done = length; done < length; ) done += ',
      ),
    ],
    unproven: ['udp-host', 'dns-elsewhere'],
  },
  {
    // It still denies: silence cannot prove whether the gateway got the request.
    name: 'gateway: a tunnel that it denies is not answered',
    rung: BUBBLEWRAP,
    edits: [
      gateway(
        /if \(earlier\.verdict === "deny"\) return respondRaw\(.*\);/,
        'if (earlier.verdict === "deny") return;',
      ),
    ],
    held: ['tcp-host', 'http-address'],
    unproven: ['connect-name'],
  },
  {
    name: 'gateway: each request is in its log, and whole',
    rung: BUBBLEWRAP,
    edits: [
      gateway(/const longest = LONGEST\d*\[name\d*\];/, 'const longest = Infinity;'),
      gateway(/isRepeat\(entry\) \{/, '$& return false;'),
    ],
    breached: ['limit-log'],
    held: ['limit-printed', 'limit-disk-tmp'],
  },
  {
    name: 'gateway: it fails open, where a metadata service is',
    rung: BUBBLEWRAP,
    apart: 'network',
    edits: [
      anyAddress,
      // Only if that address is its own, so that no other host gets a request; every name leads there, without a
      // resolver.
      gateway(
        /function decide\(policy, request\) \{/,
        `$& const { lo = [] } = require("node:os").networkInterfaces();
        if (lo.some(({ address }) => address === "${METADATA_ADDRESS}")) return allowedBy(policy.allow[0]);`,
      ),
      gateway(/async function resolveAsHost\(host\) \{/, `$& return ["${METADATA_ADDRESS}"];`),
    ],
    breached: ['metadata-address', 'metadata-name'],
    held: ['tcp-host', 'udp-host'],
  },
  {
    name: 'gateway: a secret in base64 is let through in answers',
    rung: BUBBLEWRAP,
    edits: [gateway(/(const once\d*) = base64Forms\(bytes\);/, '$1 = [];')],
    breached: ['echo-base64'],
    held: ['echo-body', 'echo-hex', 'placeholder-body', 'secret-environment'],
  },
  {
    name: 'gateway: what leaves is not looked at',
    rung: BUBBLEWRAP,
    edits: [gateway(/function explore\(bytes, look, budget = [^)]*\)\) \{/, '$& return undefined;')],
    breached: [
      'leak-query',
      'leak-base64',
      'leak-websocket',
      'leak-private-key',
      'leak-bait',
      'leak-bait-base64',
    ],
  },
  {
    name: 'gateway: DNS forwarded',
    rung: BUBBLEWRAP,
    // Uses the addresses of the rules as resolvers: the listeners are among them.
    edits: [
      gateway(
        /if \(decision\.verdict === "deny"\) return writeAnswer\(query, RCODE\.nameError\);/,
        `if (decision.verdict === "deny") {
          const asking = require("node:dgram").createSocket("udp4");
          const resolvers = arguments[0].policy.current().allow.filter(({ addresses }) => addresses !== undefined);
          for (const { addresses, port } of resolvers) asking.send(arguments[1], port, addresses[0]);
          setTimeout(() => asking.close(), 500);
          return writeAnswer(query, RCODE.nameError);
        }`,
      ),
    ],
    breached: ['dns-gateway', 'dns-upstream'],
  },
  {
    name: 'gateway: CA key in the bottle',
    rung: BUBBLEWRAP,
    edits: [
      gateway(
        /return \{\n\s+certificate,\n\s+issue: /,
        'return { certificate: certificate + own.privateKey.export({ type: "pkcs8", format: "pem" }), issue: ',
      ),
    ],
    refusal: /not a single certificate/,
    breached: ['ca-key'],
  },
];
