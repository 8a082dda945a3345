import { BottleError } from '../../src/errors.ts';
import { draftsOf, questionsOf } from '../../src/manifest/draft.ts';
import { loadManifest } from '../../src/manifest/load.ts';
import { grantsOf } from '../../src/manifest/trust/grants.ts';
import { must, type Target } from '../target.ts';

/** Manifests: each is valid, or causes a BottleError with a position; and a valid one can be shown. */

const WEB = `bottles:
  web:
    runtime: auto
    min_boundary: user-kernel
    image: { dockerfile: ./Dockerfile }
    resources: { cpus: 2, memory: 4g, pids: 1024, disk: 10g }
    env: { TZ: UTC, FLAG: "\${HOST_VAR}", TICKET: "?Which ticket" }
    egress:
      allow:
        - host: api.example.com
          inject: { header: x-api-key, secret: "\${API_KEY}" }
        - { preset: npm, methods: [GET, HEAD] }
        - { host: git.example.com, paths: ["/acme/**"] }
        - { host: git.corp.example, port: 8080, scheme: http, addresses: [10.1.2.3] }
      deny: [{ host: "*.example.org" }]
      dlp: block
      limits: { requests: 10, bytes: 1g, duration: 1h }
    workspace: copy
    skills: [review]
    ssh: [{ host: git.example.org, user: git, identity: ~/.ssh/id, known_host: "ssh-ed25519 AAAA" }]
  locked: { extends: web, egress: { allow: [] } }
agents:
  fixer: { bottle: web, agent: claude, prompt: prompts/fixer.md }
`;

export const target: Target = {
  seeds: [
    WEB,
    'bottles: {a: {}}\nagents: {b: {bottle: a, agent: codex}}\n',
    'bottles:\n  a: {extends: [b, c]}\n  b: {}\n  c: {}\n',
  ].map((text) => Buffer.from(text)),
  tokens: [
    ...new Set(WEB.match(/[\w$*?~./-]+:?/g)),
    '\n  ',
    '\n    - ',
    '{ ',
    ' }',
    '[',
    ']',
    ', ',
    ': ',
    '"',
    "'",
    '&a ',
    '*a',
    '!!js ',
    '<<: ',
    '|\n',
    '>-\n',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '? ',
    '\t',
    '\r',
    '\u00ef\u00bb\u00bf',
    '\0',
    '# ',
    '__proto__:',
    'constructor:',
    '.inf',
    '0x10',
    '1_000',
    '~',
    'null',
    '[[[[[[[[',
    '{a: {a: {a: ',
  ],
  maxBytes: 3_072,
  run: (input) => {
    try {
      const file = {
        origin: 'project',
        shownAs: 'bot-bottle.yaml',
        path: '/p/bot-bottle.yaml',
        bytes: input,
        digest: '',
      } as const;
      for (const draft of draftsOf(loadManifest(file))) {
        questionsOf(draft);
        grantsOf(draft);
      }
    } catch (error) {
      if (!(error instanceof BottleError)) throw error;
      must(error.code === 'manifest' || error.code === 'usage', `the code of the error is ${error.code}`);
      must(error.message !== '', 'an error without a reason');
    }
  },
};
