import type { RungUnderTest } from '../support/rung.ts';
import type { Edit } from './apply.ts';

/** Ways in which a bottle of ours could be open by a mistake, and who must notice. */

export interface Sabotage {
  readonly name: string;
  readonly rung: RungUnderTest;
  readonly edits: readonly Edit[];
  /** What `start` says, which does not start then; undefined: it is nothing that a start looks at. */
  readonly refusal?: RegExp;
  /** The probes that find it, once `start` is blind to it; without these, and `unproven`, there is no such start. */
  readonly breached?: readonly string[];
  /** Probes of the same families that do not: what others found is not counted for them. */
  readonly held?: readonly string[];
  /** The probes whose controls tell. */
  readonly unproven?: readonly string[];
}

const main = (find: RegExp, put: string): Edit => ({ file: 'dist/main.cjs', find, put });
const gateway = (find: RegExp, put: string): Edit => ({ file: 'dist/gateway.cjs', find, put });

/** Takes from a start what it would notice by: its read-backs and its launch checks. */
export const BLINDING: readonly Edit[] = [
  {
    file: 'assets/handover/open.pl',
    find: /die "process \$pid has no network of its own\\n" if \$own\[1\] == \$inode;/,
    put: '',
  },
  main(/function readbackDifferences\(([^)]*)\) \{/, '$& return [];'),
  main(/function processDifferences\(([^)]*)\) \{/, '$& return [];'),
  main(/function differences\(reading, wanted\) \{/, '$& return [];'),
  main(/function dropIn\(listing, table, bridge\) \{/, "$& return 'blind';"),
  main(/const heard = await canary\.heard\(\);/, 'const heard = [];'),
  {
    file: 'assets/handover/checks.pl',
    find: /die "launch check \$id failed: \$@" if !defined \$evidence;/,
    put: "$$evidence //= 'blind';",
  },
  {
    file: 'assets/bridge/checks.pl',
    find: /if \(!defined \$evidence\) \{/,
    put: "$$evidence //= 'blind'; if (0) {",
  },
];

const BUBBLEWRAP: RungUnderTest = {
  runtime: 'bubblewrap',
  engine: 'bubblewrap',
  boundary: 'shared-kernel',
  networkForm: 'joined',
  user: 'root',
};
const RUNC: RungUnderTest = { ...BUBBLEWRAP, runtime: 'runc', engine: 'docker' };
const BRIDGE: RungUnderTest = { ...RUNC, networkForm: 'bridge' };

/** In a container's body: a folder of the host that others write to. */
const VAR_TMP =
  '{ Type: "bind", Source: "/var/tmp", Target: "/var/tmp", ReadOnly: false, BindOptions: { Propagation: "rprivate" } }';
const noDrop = main(/priority -500; policy drop;/, 'priority -500; policy accept;');
const hostAddress = main(
  /"com\.docker\.network\.bridge\.inhibit_ipv4": "true"/,
  '"com.docker.network.bridge.inhibit_ipv4": "false"',
);
const netRaw = main(/CapAdd: plan2\.capabilities,/, 'CapAdd: ["NET_RAW", ...plan2.capabilities],');
const anyAddress = gateway(/function refusedAddress\(address, own\) \{/, '$& return undefined;');

export const SABOTAGES: readonly Sabotage[] = [
  {
    name: 'bubblewrap: the network is the host’s',
    rung: BUBBLEWRAP,
    edits: [main(/"--unshare-cgroup", "--unshare-net"\],/, '"--unshare-cgroup"],')],
    // Blind, it would not start either: its gateway's ports are not the agent's user's there.
    refusal: /net namespace/,
  },
  {
    name: 'bubblewrap: a folder of the host is bound',
    rung: BUBBLEWRAP,
    edits: [main(/"--symlink", "\.\.\/tmp", "\/var\/tmp"\]/, '"--bind", "/var/tmp", "/var/tmp"]')],
    refusal: /\/var\/tmp/,
    breached: ['unix-file', 'write-file'],
  },
  {
    name: 'runc: the network is the engine’s own bridge',
    rung: RUNC,
    edits: [
      main(
        /NetworkMode: networkMode\(plan2\.network\),/,
        'NetworkMode: plan2.network.kind === "none" ? "bridge" : networkMode(plan2.network),',
      ),
      main(/NetworkDisabled: kind === "none",/, 'NetworkDisabled: false,'),
    ],
    refusal: /launch check network\.interfaces failed/,
    breached: ['tcp-host', 'udp-host', 'udp-lite', 'sibling-tcp', 'sibling-udp'],
  },
  {
    name: 'runc: the processes are the host’s',
    rung: RUNC,
    edits: [main(/PidMode: plan2\.hostProcesses === true \? "host" : "",/, 'PidMode: "host",')],
    refusal: /pid namespace is the host's/,
    breached: ['proc-cmdline', 'kill', 'sibling-processes'],
  },
  {
    name: 'runc: a folder of the host is mounted, with a socket in it',
    rung: RUNC,
    edits: [
      main(
        /plan2\.scratch\.map\(\(place\) => \[place\.guestPath/,
        'plan2.scratch.filter(({ guestPath }) => guestPath !== "/var/tmp").map((place) => [place.guestPath',
      ),
      main(
        /Mounts: plan2\.mounts\.map\(toBindMount\),/,
        `Mounts: [...plan2.mounts.map(toBindMount), ${VAR_TMP}],`,
      ),
    ],
    breached: ['unix-file', 'write-file'],
  },
  {
    name: 'runc: the launcher’s environment goes in',
    rung: RUNC,
    edits: [
      main(
        /Env: Object\.entries\(plan2\.env\)/,
        'Env: Object.entries({ ...plan2.env, TOKEN: process.env.BOT_BOTTLE_VERIFY_TOKEN })',
      ),
    ],
    breached: ['environment'],
  },
  {
    name: 'bridge: a plain internal network',
    rung: BRIDGE,
    edits: [hostAddress, noDrop],
    refusal: /could not be closed/,
    breached: ['tcp-host', 'udp-host', 'udp-broadcast'],
  },
  {
    name: 'bridge: the drop towards the host is left out',
    rung: BRIDGE,
    edits: [noDrop],
    refusal: /could not be closed/,
    breached: ['udp-broadcast'],
  },
  {
    name: 'bridge: a plain internal network, and a capability to send any packet',
    rung: BRIDGE,
    edits: [hostAddress, noDrop, netRaw],
    refusal: /Cap\w+: should be/,
    breached: ['icmp-echo', 'sctp-init', 'ip-protocol', 'ethernet-frame'],
  },
  {
    name: 'runc: a capability is kept',
    rung: RUNC,
    edits: [netRaw],
    refusal: /Cap\w+: should be/,
    breached: ['raw-socket', 'packet-socket'],
  },
  {
    name: 'runc: no filter of system calls',
    rung: RUNC,
    edits: [
      main(
        /SecurityOpt: \[\n\s+"no-new-privileges",/,
        'SecurityOpt: ["seccomp=unconfined", "no-new-privileges",',
      ),
    ],
    refusal: /Seccomp: should be 2/,
    breached: ['seccomp-filter', 'ns-user'],
  },
  {
    name: 'runc: privileges may be gained',
    rung: RUNC,
    edits: [main(/SecurityOpt: \[\n\s+"no-new-privileges",/, 'SecurityOpt: [')],
    refusal: /NoNewPrivs: should be 1/,
    breached: ['no-new-privs'],
  },
  {
    name: 'runc: files of the kernel are not hidden',
    rung: RUNC,
    edits: [main(/MaskedPaths: MASKED_PATHS/, 'MaskedPaths: ["/proc/kcore"]')],
    refusal: /shows/,
    breached: ['kernel-memory'],
  },
  {
    name: 'runsc: another runtime under its name',
    rung: { ...RUNC, runtime: 'runsc', boundary: 'user-kernel', networkForm: 'holder' },
    edits: [main(/\{ Runtime: dialect2\.runtime \}/, '{ Runtime: "runc" }')],
    refusal: /runsc/,
  },
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
    name: 'gateway: the TLS name is not compared',
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
      gateway(/if \(!isSame\(url, host\) \|\| !isSame\(bound, host\)\) \{/, 'if (false) {'),
      gateway(
        /return \{ kind: "outside", endpoint: host, path:/,
        'return { kind: "outside", endpoint: url, path:',
      ),
    ],
    breached: ['host-mismatch'],
  },
  {
    name: 'gateway: a secret in base64 is let through in answers',
    rung: BUBBLEWRAP,
    edits: [gateway(/(const once\d*) = base64Forms\(bytes\);/, '$1 = [];')],
    breached: ['echo-base64'],
    held: ['echo-body', 'echo-hex', 'placeholder-body', 'secret-environment'],
  },
  {
    name: 'gateway: names may lead to the host',
    rung: BUBBLEWRAP,
    edits: [anyAddress],
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
    name: 'gateway: what leaves is not looked at',
    rung: BUBBLEWRAP,
    edits: [gateway(/function explore\(bytes, look, budget = [^)]*\)\) \{/, '$& return undefined;')],
    breached: ['leak-query', 'leak-base64', 'leak-websocket', 'leak-private-key', 'leak-bait'],
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
    name: 'gateway: decisions are not written down',
    rung: BUBBLEWRAP,
    edits: [
      gateway(
        /for \(let done = 0; done < length; \) done \+= /,
        'for (let done = length; done < length; ) done += ',
      ),
    ],
    unproven: ['udp-host', 'dns-elsewhere'],
  },
];
