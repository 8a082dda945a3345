import { expect, test } from 'vitest';
import { manifestFile, manifestOf } from '../../../test/support/manifest.ts';
import { trustQuestion } from './trust-question.ts';

const ALL = `
bottles:
  web:
    runtime: runsc
    min_boundary: user-kernel
    image: { dockerfile: Dockerfile }
    resources: { cpus: 2, memory: 4g }
    env: { TZ: UTC, FLAG: "\${HOST_VAR}", TICKET: "?Which ticket" }
    egress:
      allow:
        - host: api.example.org
        - preset: npm
        - { host: git.corp.example, port: 8080, scheme: http, methods: [GET], paths: ["/a/**"], addresses: [10.1.2.3] }
      deny:
        - host: bad.example.org
    workspace: mount
    skills: [review]
    ssh: [{ host: git.example.org, user: git, identity: ~/.ssh/id_bot, known_host: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl" }]
agents:
  fixer: { bottle: web, agent: claude, prompt: prompts/fixer.md, skills: [triage] }
  own: { bottle: web, agent: custom, install: npm i -g x, command: [x, --yes] }
`;

const SEEN = `
bottles:
  web:
    egress:
      dlp: warn
      protect: [.env]
      canary: false
      max_bytes: 10g
      max_requests: 1000
      allow:
        - { preset: claude, inject: anthropic }
        - { host: api.example.org, inject: { header: X-Key, secret: "\${KEY}" }, methods: [GET, POST], paths: ["/v1/**"], websocket: true }
        - { host: other.example.org, inject: { basic: me, secret: { command: [pass, show, x] } }, dlp: off }
        - { host: passed.example.org, tls: pass }
        - { host: db.example.org, scheme: tcp, port: 5432 }
        - { preset: npm, max_bytes: 50m }
        - { host: odd.example.org, dlp: { canary: redact, pattern: warn, undecodable: pass } }
        - { github: acme/app, push: true, inject: github }
        - { github: "acme/*" }
agents:
  fixer: { bottle: web, agent: shell }
`;

test('visible and hidden traffic, identities and limits are described in sentences', () => {
  const lines = trustQuestion(manifestOf(SEEN), { status: 'unknown' });
  expect(lines.filter((line) => /reach|let out|at most|runs on|bait/.test(line))).toMatchInlineSnapshot(`
    [
      "  may reach the parts of api.anthropic.com that claude needs with an identity of yours: the one for anthropic",
      "  may reach https://api.example.org with GET, POST on /v1/** and by WebSocket with an identity of yours: the variable KEY, in the header x-key",
      "  may reach https://other.example.org with an identity of yours: the command pass show x, as the password of me and outgoing data is not scanned for secrets",
      "  may reach https://passed.example.org (TLS not inspected)",
      "  may reach tcp://db.example.org:5432 (raw TCP: not inspected)",
      "  may reach the hosts that npm on this host is configured with for at most 50m of traffic, by GET and HEAD only",
      "  may reach https://odd.example.org and known secrets may not leave, canaries are blacked out in outgoing data, texts like secrets that leave are only noted, data that cannot be decoded may leave",
      "  may reach acme/app on GitHub, and push to it and change its issues, pull requests, files and releases with an identity of yours: the one for github",
      "  may reach acme/* on GitHub",
      "  reaches all that, where nothing else is said, while secrets that leave are only noted",
      "  has no bait in it, which would tell of a thief",
      "  may not let out what is in .env",
      "  has at most 10g of traffic, 1000 requests",
      "  runs on this host, as you, for a secret: pass show x",
    ]
  `);
});

test('all grants of a manifest are described in sentences', () => {
  expect(trustQuestion(manifestOf(ALL), { status: 'unknown' })).toMatchInlineSnapshot(`
    [
      "agent fixer",
      "  runs claude in the bottle web",
      "  is isolated by runsc, at least user-kernel",
      "  has at most 2 cpus, 4g of memory",
      "  uses an image built from Dockerfile, which is read at start and not part of what you trust here",
      "  works in the project itself: its changes take effect at once",
      "  may reach https://api.example.org",
      "  may reach the hosts that npm on this host is configured with, by GET and HEAD only",
      "  may reach http://git.corp.example:8080 at 10.1.2.3 with GET on /a/**",
      "  may never reach bad.example.org",
      "  logs in to git.example.org:22, whose key is SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU, as git with your key ~/.ssh/id_bot",
      "  sees the variable TZ",
      "  sees the variable FLAG, from HOST_VAR of this host",
      "  sees the variable TICKET, which you are asked for",
      "  gets the skill review",
      "  gets the skill triage",
      "  is given the instructions in prompts/fixer.md",
      "agent own",
      "  runs custom in the bottle web",
      "  is isolated by runsc, at least user-kernel",
      "  has at most 2 cpus, 4g of memory",
      "  uses an image built from Dockerfile, which is read at start and not part of what you trust here",
      "  works in the project itself: its changes take effect at once",
      "  may reach https://api.example.org",
      "  may reach the hosts that npm on this host is configured with, by GET and HEAD only",
      "  may reach http://git.corp.example:8080 at 10.1.2.3 with GET on /a/**",
      "  may never reach bad.example.org",
      "  logs in to git.example.org:22, whose key is SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU, as git with your key ~/.ssh/id_bot",
      "  sees the variable TZ",
      "  sees the variable FLAG, from HOST_VAR of this host",
      "  sees the variable TICKET, which you are asked for",
      "  gets the skill review",
      "  is installed in its bottle by: npm i -g x",
      "  is the program: x --yes",
    ]
  `);
});

test('a bottle without grants is described', () => {
  const manifest = manifestOf('bottles: { b: {} }\nagents: { a: { bottle: b, agent: shell } }\n');
  expect(trustQuestion(manifest, { status: 'unknown' })).toMatchInlineSnapshot(`
    [
      "agent a",
      "  runs shell in the bottle b",
      "  is isolated by auto, at least shared-kernel",
      "  works on a copy of the project",
      "  reaches nothing",
    ]
  `);
});

test('a change is described, in the grants and in the file', () => {
  const after = ALL.replace('host: api.example.org', 'host: evil.example.org')
    .replace('image: { dockerfile: Dockerfile }', '# image: none')
    .replace('  own:', '  renamed:');
  const question = trustQuestion(manifestOf(after), { status: 'changed', previous: manifestFile(ALL) });
  expect(question).toMatchInlineSnapshot(`
    [
      "changed grants:",
      "agent fixer",
      "  - uses an image built from Dockerfile, which is read at start and not part of what you trust here",
      "  - may reach https://api.example.org",
      "  + may reach https://evil.example.org",
      "agent own",
      "  - runs custom in the bottle web",
      "  - is isolated by runsc, at least user-kernel",
      "  - has at most 2 cpus, 4g of memory",
      "  - uses an image built from Dockerfile, which is read at start and not part of what you trust here",
      "  - works in the project itself: its changes take effect at once",
      "  - may reach https://api.example.org",
      "  - may reach the hosts that npm on this host is configured with, by GET and HEAD only",
      "  - may reach http://git.corp.example:8080 at 10.1.2.3 with GET on /a/**",
      "  - may never reach bad.example.org",
      "  - logs in to git.example.org:22, whose key is SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU, as git with your key ~/.ssh/id_bot",
      "  - sees the variable TZ",
      "  - sees the variable FLAG, from HOST_VAR of this host",
      "  - sees the variable TICKET, which you are asked for",
      "  - gets the skill review",
      "  - is installed in its bottle by: npm i -g x",
      "  - is the program: x --yes",
      "agent renamed",
      "  + runs custom in the bottle web",
      "  + is isolated by runsc, at least user-kernel",
      "  + has at most 2 cpus, 4g of memory",
      "  + works in the project itself: its changes take effect at once",
      "  + may reach https://evil.example.org",
      "  + may reach the hosts that npm on this host is configured with, by GET and HEAD only",
      "  + may reach http://git.corp.example:8080 at 10.1.2.3 with GET on /a/**",
      "  + may never reach bad.example.org",
      "  + logs in to git.example.org:22, whose key is SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU, as git with your key ~/.ssh/id_bot",
      "  + sees the variable TZ",
      "  + sees the variable FLAG, from HOST_VAR of this host",
      "  + sees the variable TICKET, which you are asked for",
      "  + gets the skill review",
      "  + is installed in its bottle by: npm i -g x",
      "  + is the program: x --yes",
      "",
      "changed lines of the file:",
      "  ...",
      "        runtime: runsc",
      "        min_boundary: user-kernel",
      "  -     image: { dockerfile: Dockerfile }",
      "  +     # image: none",
      "        resources: { cpus: 2, memory: 4g }",
      "        env: { TZ: UTC, FLAG: "\${HOST_VAR}", TICKET: "?Which ticket" }",
      "        egress:",
      "          allow:",
      "  -         - host: api.example.org",
      "  +         - host: evil.example.org",
      "            - preset: npm",
      "            - { host: git.corp.example, port: 8080, scheme: http, methods: [GET], paths: ["/a/**"], addresses: [10.1.2.3] }",
      "  ...",
      "    agents:",
      "      fixer: { bottle: web, agent: claude, prompt: prompts/fixer.md, skills: [triage] }",
      "  -   own: { bottle: web, agent: custom, install: npm i -g x, command: [x, --yes] }",
      "  +   renamed: { bottle: web, agent: custom, install: npm i -g x, command: [x, --yes] }",
      "    ",
    ]
  `);
});

test('a changed comment changes no grant', () => {
  const trust = { status: 'changed', previous: manifestFile(ALL) } as const;
  expect(trustQuestion(manifestOf(`# hello\n${ALL}`), trust).slice(0, 3)).toEqual([
    'changed grants:',
    '  nothing',
    '',
  ]);
});

test('with an invalid previous manifest everything is new', () => {
  const trust = { status: 'changed', previous: manifestFile('bottles: { old: 1 }\n') } as const;
  const lines = trustQuestion(manifestOf(ALL), trust);
  expect(lines).toContain('  + may reach https://api.example.org');
  expect(lines).toContain('  - bottles: { old: 1 }');
});

test('control characters and hidden text are shown escaped', () => {
  const text =
    'bottles: { b: {} }\nagents: { a: { bottle: b, agent: custom, command: [x, "\\e[2J\\e]0;y\\a", "\\u202e"], install: "a\\nb" } }\n';
  const lines = trustQuestion(manifestOf(text), { status: 'unknown' });
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(lines).toContain('  is the program: x \\u{1b}[2J\\u{1b}]0;y\\u{7} \\u{202e}');
});

test('programs that run on this host come last with their number, in shell syntax', () => {
  const command = (argv: string): string =>
    `{ host: a.example.org, inject: { bearer: true, secret: { command: ${argv} } } }`;
  const manifest = (agents: number): string => `
bottles:
  first:
    egress: { allow: [${command('[gh, auth, token]')}, ${command('[sh, -c, "curl x|sh # \\e[2J"]')}] }
  own: { gateway: { engine: pipelock, program: /opt/pipelock } }
  many: {}
agents:
  first: { bottle: first, agent: shell }
  own: { bottle: own, agent: shell }
${Array.from({ length: agents }, (_, number) => `  many${number}: { bottle: many, agent: shell }`).join('\n')}
`;
  const trusts = [{ status: 'unknown' }, { status: 'changed', previous: manifestFile(manifest(1)) }] as const;
  for (const trust of trusts)
    expect(trustQuestion(manifestOf(manifest(300)), trust).slice(-5)).toEqual([
      '',
      'programs on this host that the manifest runs, as you:',
      '  1 of 3: gh auth token',
      String.raw`  2 of 3: sh -c 'curl x|sh # \u{1b}[2J'`,
      '  3 of 3: /opt/pipelock',
    ]);
});

test('a command that cannot be shown whole is refused', () => {
  const text = (argument: string): string =>
    `bottles: { b: { egress: { allow: [{ host: a.example.org, inject: { bearer: true, secret: { command: [sh, "${argument}"] } } }] } } }\nagents: { a: { bottle: b, agent: shell } }\n`;
  expect(() => manifestOf(text('x'.repeat(790)))).not.toThrow();
  for (const argument of [' '.repeat(800), '\\e'.repeat(300)])
    expect(() => manifestOf(text(argument))).toThrow(
      expect.objectContaining({
        details: expect.arrayContaining([expect.stringContaining('at most 800 characters')]) as string[],
      }) as Error,
    );
});

test("values of variables that load or run programs are shown, others and the host's are not", () => {
  const shown = questionOf(
    'bottles: { b: { env: { LD_PRELOAD: ./x.so, node_options: "--require ./x.js", GIT_SSH_COMMAND: "sh ${HERE}", MY_WRAPPER: "./w $${x}", TZ: Mars } } }',
  );
  for (const line of [
    'LD_PRELOAD=./x.so',
    'node_options=--require ./x.js',
    'GIT_SSH_COMMAND=sh ${HERE}',
    'MY_WRAPPER=./w $${x}',
  ])
    expect(shown).toContain(`things: ${line}`);
  expect(shown).toContain('sees the variable TZ');
  expect(shown).not.toContain('Mars');
});

test('an unusual blank is shown escaped', () => {
  expect(questionOf(String.raw`bottles: { b: { env: { BASH_ENV: "x\u2800\u3000y" } } }`)).toContain(
    String.raw`BASH_ENV=x\u{2800}\u{3000}y`,
  );
});

/** The question before the user trusts a manifest with this bottle. */
const questionOf = (bottles: string): string =>
  trustQuestion(manifestOf(`${bottles}\nagents: { a: { bottle: b, agent: shell } }\n`), {
    status: 'unknown',
  }).join('\n');

test("the question says that a client's preset allows GET and HEAD only, where methods are visible", () => {
  const reached = (rule: string, more = ''): string | undefined =>
    trustQuestion(
      manifestOf(
        `bottles: { b: { ${more} egress: { allow: [${rule}] } } }\nagents: { a: { bottle: b, agent: shell } }\n`,
      ),
      { status: 'unknown' },
    ).find((line) => line.includes('may reach'));
  const hosts = '  may reach the hosts that go on this host is configured with';
  expect(reached('{ preset: go }')).toBe(`${hosts}, by GET and HEAD only`);
  expect(reached('{ preset: go, methods: [POST] }')).toBe(`${hosts} with POST`);
  expect(reached('{ preset: go, tls: pass }')).toBe(`${hosts} (TLS not inspected)`);
  expect(reached('{ preset: go }', 'gateway: pipelock,')).toBe(hosts);
  expect(reached('{ preset: claude }')).toBe('  may reach the parts of api.anthropic.com that claude needs');
});
