import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manifestFile, manifestOf } from '../../test/support/manifest.ts';
import { anyCodePoint } from '../../test/support/code-points.ts';
import { runs } from '../../test/support/runs.ts';
import { BottleError } from '../errors.ts';
import { selectAgent } from './draft.ts';
import { loadManifest } from './load.ts';
import { digestOf } from './text/read.ts';

/** The manifest of the design, with every key. */
const DESIGN = `
bottles:
  web:
    runtime: auto              # any rung above
    min_boundary: user-kernel  # refuse to start below this
    image: default             # default | OCI reference | { dockerfile: path }
    resources: { cpus: 2, memory: 4g, pids: 1024, disk: 10g }
    env: { TZ: UTC, FLAG: "\${HOST_VAR}", TICKET: "?Which ticket" }   # visible to the agent
    egress:
      allow:
        - host: api.anthropic.com
          inject: { header: x-api-key, secret: "\${ANTHROPIC_API_KEY}" }   # never visible to the agent
        - { preset: npm, methods: [GET, HEAD] }
        - { host: github.com, paths: ["/acme/**"] }
        - { host: "*.example.org", port: 8443 }
        - { host: git.corp.example, port: 8080, scheme: http, addresses: [10.1.2.3] }
      dlp: block               # block | redact | warn, also per rule
    workspace: copy            # copy | mount | none
    skills: [review]
    ssh: [{ host: git.example.org, port: 22, user: git, identity: ~/.ssh/id_bot, known_host: "ssh-ed25519 AAAA..." }]
  locked: { extends: web, egress: { allow: [] } }
agents:
  fixer: { bottle: web, agent: claude, prompt: prompts/fixer.md, skills: [triage] }
`;

function failure(action: () => unknown): BottleError {
  try {
    action();
  } catch (error) {
    if (error instanceof BottleError) return error;
    throw error;
  }
  throw new Error('accepted');
}

test('the manifest of the design is valid', () => {
  expect([...manifestOf(DESIGN).bottles.keys()]).toEqual(['web', 'locked']);
});

test('an error of structure hides no error elsewhere', () => {
  const { details } = failure(() =>
    manifestOf(`
bottles:
  a: { extends: [nowhere, 7], resources: { cpus: lots } }
  b: { extends: c, egress: { allow: [{ port: 80 }] } }
  c: { extends: b, runtime: warp }
agents:
  x: { bottle: nobody, agent: custom }
  y: nothing
`),
  );
  const lines = details.filter((line) => line.startsWith('bot-bottle')).map((line) => line.split(':')[1]);
  expect(lines).toEqual(['3', '3', '3', '4', '4', '4', '5', '7', '7', '8'].toSorted());
});

test('a byte order mark is not part of the text, and counts in the digest', () => {
  const marked = manifestFile('\ufeffbottles: {}\n');
  expect(loadManifest(marked).bottles.size).toBe(0);
  expect(marked.digest).not.toBe(manifestFile('bottles: {}\n').digest);
});

test('lines may end as on Windows', () => {
  expect(manifestOf('bottles:\r\n  web:\r\n    runtime: runc\r\n').bottles.has('web')).toBe(true);
});

describe('the user’s own manifest beside a project’s', () => {
  const USER = `
bottles:
  safe: { min_boundary: vm, egress: { deny: [{ host: x.example.org }] } }
agents:
  mine: { bottle: safe, agent: shell }
`;

  test("a project uses and extends the user's bottles, and stays within their limits", () => {
    const manifest = manifestOf(
      'bottles: { ours: { extends: safe, min_boundary: shared-kernel } }\nagents: { a: { bottle: ours, agent: shell }, b: { bottle: safe, agent: shell } }\n',
      USER,
    );
    const { bottle, files } = selectAgent(manifest, 'a');
    expect(bottle.settings.min_boundary?.value).toBe('vm');
    expect(bottle.settings['egress.deny']?.value).toHaveLength(1);
    expect(files.map(({ origin }) => origin)).toEqual(['project', 'user']);
    expect(selectAgent(manifest, 'b').bottle.name).toBe('safe');
  });

  test("a project does not see the user's agents", () => {
    const manifest = manifestOf('bottles: { web: {} }\n', USER);
    const draft = selectAgent(manifest, 'mine');
    expect(draft.files.map(({ origin }) => origin)).toEqual(['user']);
    expect(
      failure(() => manifestOf('bottles: { web: {} }\n', 'agents: { mine: { bottle: web, agent: shell } }\n'))
        .message,
    ).toContain('~/.config');
  });

  test("a project cannot change the meaning of a user's name", () => {
    const error = failure(() => manifestOf('bottles: { safe: { workspace: mount } }\n', USER));
    expect(error.details.join('\n')).toContain('defined in your own manifest already');
  });
});

test('an unknown agent is a usage error with the nearest name', () => {
  const error = failure(() =>
    selectAgent(manifestOf('bottles: { b: {} }\nagents: { fixer: { bottle: b, agent: shell } }\n'), 'fixxer'),
  );
  expect(error).toMatchObject({ code: 'usage', fix: 'did you mean `fixer`?' });
});

describe('any input is a manifest or an error with code manifest', () => {
  const load = (bytes: Uint8Array): unknown => {
    try {
      return loadManifest({
        origin: 'project',
        shownAs: 'm.yaml',
        path: '/p/m.yaml',
        bytes,
        digest: digestOf(bytes),
      });
    } catch (error) {
      return error;
    }
  };
  const isFine = (outcome: unknown): boolean =>
    outcome instanceof BottleError ? outcome.code === 'manifest' : !(outcome instanceof Error);

  test('any bytes give a manifest or an error with code manifest', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(load(bytes)).toSatisfy(isFine);
      }),
    );
  });

  test("any text of YAML's special characters gives a manifest or an error with code manifest", () => {
    const unit = fc.constantFrom(
      ...'ab:-?[]{},&*!|>\'"%@`#=<>~ \t\n\\$01.'.split(''),
      '  ',
      '\n  ',
      ': ',
      '- ',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
        expect(load(Buffer.from(text))).toSatisfy(isFine);
      }),
      { numRuns: runs(400) },
    );
  });

  test('any data with the real keys gives a manifest or an error with code manifest', () => {
    const key = fc.constantFrom(
      'bottles',
      'agents',
      'web',
      'extends',
      'runtime',
      'image',
      'resources',
      'memory',
      'env',
      'egress',
      'allow',
      'deny',
      'host',
      'preset',
      'port',
      'scheme',
      'methods',
      'paths',
      'addresses',
      'inject',
      'secret',
      'github',
      'dlp',
      'tls',
      'ssh',
      'skills',
      'agent',
      'bottle',
      'headless',
      'command',
      '__proto__',
      'constructor',
    );
    const { value } = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.constantFrom(
          'web',
          'custom',
          'auto',
          'http',
          'npm',
          'default',
          '*.a.example',
          null,
          true,
          80,
          443,
          1.5,
          -1,
        ),
        fc.string(),
      ),
      value: fc.oneof(
        { depthSize: 'medium' },
        tie('leaf'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, (data) => {
        expect(load(Buffer.from(JSON.stringify(data)))).toSatisfy(isFine);
      }),
      { numRuns: runs(400) },
    );
  });

  test('a valid manifest with anything inserted gives a manifest or an error with code manifest', () => {
    fc.assert(
      fc.property(
        fc.nat(DESIGN.length),
        fc.nat(5),
        fc.string({ unit: anyCodePoint, maxLength: 4 }),
        (at, cut, put) => {
          expect(load(Buffer.from(DESIGN.slice(0, at) + put + DESIGN.slice(at + cut)))).toSatisfy(isFine);
        },
      ),
      { numRuns: runs(400) },
    );
  });
});
