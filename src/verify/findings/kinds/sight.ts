import type { Rule } from '../../../gateway/config.ts';
import type { Found, Kind, Severity, Subject } from '../finding.ts';
import { foundAt, liveRules, privateAddresses, sameRule, type FoundOf } from '../reach.ts';

/** Traffic that the gateway does not see, or allows although it has seen it; and the addresses that rules lead to. */

/** Returns the `find` of a kind that judges each rule alone. */
const perRule =
  (judge: (rule: Rule, subject: Subject) => FoundOf | undefined): Kind['find'] =>
  (subject) =>
    liveRules(subject).flatMap((rule): Found[] => {
      const found = judge(rule, subject);
      return found === undefined ? [] : [foundAt(subject, rule, found)];
    });

const isWildcard = ({ host }: Rule): boolean => host.startsWith('*.');

const PASSED: Kind = {
  id: 'tls-pass',
  claim:
    'It speaks TLS with the host, or behind that name with another customer of the same network, and no one can inspect it.',
  severities: {
    high: 'unseen, and to every name under the wildcard',
    medium: 'neither secrets nor paths nor the inner host name are looked at',
  },
  source: 'domain fronting: MITRE ATT&CK T1090.004; microsandbox issue 709',
  find: perRule((rule) =>
    rule.scheme === 'https' && rule.opensTls !== true
      ? {
          severity: isWildcard(rule) ? 'high' : 'medium',
          evidence: 'lets TLS through unopened',
          remedy: `${sameRule(rule, [])}, without tls: pass and dlp: off; if a program accepts only its pinned certificates, with max_bytes:`,
        }
      : undefined,
  ),
};

const RAW: Kind = {
  id: 'raw-tcp',
  claim:
    'It speaks whatever it likes to that port: a tunnel, a shell, another protocol than the one that is meant.',
  severities: {
    high: 'unseen, and to every name under the wildcard',
    medium: 'nothing of it can be looked at',
  },
  source: 'docs/THREAT-MODEL.md, “Allowed hosts”; MITRE ATT&CK T1095',
  find: perRule((rule) =>
    rule.scheme === 'tcp'
      ? {
          severity: isWildcard(rule) ? 'high' : 'medium',
          evidence: `allows any bytes to port ${rule.port}`,
          remedy: sameRule(rule, ['scheme: https', 'methods: [GET, HEAD]']),
        }
      : undefined,
  ),
};

const CLEAR: Kind = {
  id: 'http-in-the-clear',
  claim: 'Anyone on the network path reads the requests, and puts orders for the agent into the answers.',
  severities: {
    medium: 'everybody between here and the host can read and change it',
    low: 'packages of apt are signed, and only which of them is seen',
  },
  source: 'MITRE ATT&CK T1557; RFC 9110, 17.1',
  find: perRule((rule) =>
    rule.scheme === 'http' && privateAddresses(rule).length === 0
      ? {
          severity: rule.id.endsWith('] apt') ? 'low' : 'medium',
          evidence: `speaks http with ${rule.host}, without TLS`,
          remedy: `${sameRule(rule, ['scheme: https'])}; of a preset: configure its client with https`,
        }
      : undefined,
  ),
};

/** Classes of addresses where services trust everybody who can connect. */
const TRUSTING = new Set(['loopback', 'link-local', 'cloud platform', 'this network']);

const PINNED: Kind = {
  id: 'pinned-private',
  claim:
    'It attacks what listens on that address of your network: an admin page, a database, the host itself.',
  severities: {
    high: 'services of this host and a cloud’s metadata trust every client that can connect',
    medium: 'a private network is usually less guarded than the internet',
  },
  source:
    'metadata at 169.254.169.254: Sonrai on AgentCore; engine API at an internal address: CVE-2025-9074',
  find: perRule((rule) => {
    const found = privateAddresses(rule);
    if (found.length === 0) return undefined;
    const severity: Severity = found.some(([, why]) => TRUSTING.has(why)) ? 'high' : 'medium';
    return {
      severity,
      evidence: `is dialled at ${found.map(([address, why]) => `${address} (${why})`).join(', ')}, port ${rule.port}`,
      remedy: `narrow it: ${sameRule(rule, ['methods: [GET]', 'paths: ["/what/you/need"]', `addresses: [${found.map(([address]) => address).join(', ')}]`])}`,
    };
  }),
};

const SOCKET: Kind = {
  id: 'websocket',
  claim: 'It keeps a channel open, through which orders come in and loot goes out as they please.',
  severities: { low: 'messages are searched for secrets; rules on methods and paths do not cover them' },
  source: 'MITRE ATT&CK T1071.001; RFC 6455',
  find: perRule((rule) =>
    rule.websocket === true
      ? {
          severity: 'low',
          evidence: 'allows WebSockets',
          remedy: 'leave websocket: out, if its client falls back to requests',
        }
      : undefined,
  ),
};

const isSeen = ({ scheme, opensTls }: Rule): boolean =>
  scheme === 'http' || (scheme === 'https' && opensTls === true);

/** Returns the `find` of a kind about inspections that do not block what leaves. */
const looks = (judge: (dlp: NonNullable<Rule['dlp']>) => string | undefined): Kind['find'] =>
  perRule((rule) => {
    const what = rule.dlp === undefined ? undefined : judge(rule.dlp);
    return what === undefined
      ? undefined
      : { severity: 'low', evidence: what, remedy: 'dlp: block, or leave it out' };
  });

const OFF: Kind = {
  id: 'dlp-off',
  claim: 'It sends a secret in plain text: this rule does not search for secrets.',
  severities: { medium: 'a secret that is known here would have been recognised' },
  source: 'docs/adr/0090-what-leaves-is-decoded.md',
  find: perRule((rule) =>
    isSeen(rule) && rule.dlp === undefined
      ? {
          severity: 'medium',
          evidence: 'has dlp: off',
          remedy: 'dlp: block, or { pattern: warn } where what only looks like a secret is in the way',
        }
      : undefined,
  ),
};

const WARN: Kind = {
  id: 'dlp-warn',
  claim: 'It sends a secret as it stands; a line in the log says so, afterwards.',
  severities: { low: 'it is noted, and too late' },
  source: 'docs/MANIFEST.md, `dlp`',
  find: looks((dlp) => {
    if (typeof dlp === 'string') return dlp === 'warn' ? 'only logs a finding, and lets it out' : undefined;
    const { secret, canary, pattern } = dlp;
    const noted = Object.entries({ secret, canary, pattern }).flatMap(([name, action]) =>
      action === 'warn' ? [name] : [],
    );
    return noted.length === 0 ? undefined : `only notes, and lets out: ${noted.join(', ')}`;
  }),
};

const SEALED: Kind = {
  id: 'dlp-undecodable',
  claim: 'It sends the secret in an encoding that the gateway cannot decode.',
  severities: { low: 'encrypting it first does the same; this is easier' },
  source: 'docs/MANIFEST.md, `dlp`',
  find: looks((dlp) =>
    typeof dlp !== 'string' && dlp.undecodable === 'pass' ? 'lets out what cannot be decoded' : undefined,
  ),
};

export const SIGHT_KINDS: readonly Kind[] = [PASSED, RAW, CLEAR, PINNED, OFF, WARN, SEALED, SOCKET];
