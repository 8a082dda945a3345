import { dockerfileReference } from '../../../src/contracts/host-names.ts';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocker } from '../../../src/drivers/container/engine/docker.ts';
import { isMissing } from '../../../src/drivers/engine/missing.ts';
import { createPodman } from '../../../src/drivers/container/engine/podman.ts';
import { ensureImage } from '../../../src/drivers/container/image/bottle-images.ts';
import type { ImageEngine } from '../../../src/drivers/image/image-engine.ts';
import { listImages, removeImages } from '../../../src/drivers/container/image/manage.ts';
import { imageNow } from '../../../src/drivers/image/now.ts';
import { NODE_VERSION, NPM_PIN } from '../../../src/drivers/image/pins.ts';
import { defaultImageReference } from '../../../src/drivers/image/recipe.ts';
import type { BottleError } from '../../../src/errors.ts';
import { run, runOrThrow } from '../../../src/host/run.ts';

/** Images on real engines: the default one, the user's own, and those that a bottle cannot use. */

const folder = mkdtempSync(join(tmpdir(), 'bot-bottle-image-'));
const work = { progress: () => undefined, signal: new AbortController().signal };
const DEFAULT = { kind: 'default' } as const;

const ENGINES = { docker: createDocker(), podman: createPodman() };

async function engineOf(name: keyof typeof ENGINES): Promise<ImageEngine> {
  const connection = await ENGINES[name].connect('runc');
  if (isMissing(connection)) throw new Error(`${name}: ${connection.reason}`);
  return { client: connection.client, cli: [name] };
}

const failure = async (promise: Promise<unknown>): Promise<BottleError> =>
  await promise.then(
    () => expect.unreachable('it was accepted'),
    (error: unknown) => error as BottleError,
  );

/** Writes a folder with a Dockerfile; BASE in `content` is the default image. */
function dockerfile(name: string, content: string): { kind: 'dockerfile'; hostPath: string } {
  const context = join(folder, name);
  mkdirSync(context, { recursive: true });
  const hostPath = join(context, 'Dockerfile');
  writeFileSync(hostPath, content.replace('BASE', defaultImageReference()));
  return { kind: 'dockerfile', hostPath };
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['docker', 'podman'] as const)('the default image on %s', (name) => {
  let engine: ImageEngine;
  let digest = '';

  beforeAll(async () => {
    engine = await engineOf(name);
    ({ digest } = await ensureImage(engine, DEFAULT, work));
  });

  const inside = async (script: string): Promise<string> =>
    await runOrThrow(name, [
      ...(name === 'podman' ? ['--runtime', 'runc'] : []),
      'run',
      '--rm',
      '--network=none',
      digest,
      'sh',
      '-c',
      script,
    ]);

  it('the default image is found again unchanged', async () => {
    expect(await ensureImage(engine, DEFAULT, work)).toEqual({ reference: defaultImageReference(), digest });
  });

  it('the default image has the same name in a plan', async () => {
    expect(await imageNow(engine, DEFAULT, work.signal)).toEqual({ digest });
  });

  it('the default image runs as the agent, at home, with a workspace', async () => {
    const output = await inside('id -un; id -u; pwd; stat -c %U /work');
    expect(output.split('\n')).toEqual(['agent', '1000', '/home/agent', 'agent', '']);
  });

  it('the default image has the pinned Node and npm, and the tools that agents use', async () => {
    const output = await inside(
      'node --version; npm --version; for p in git curl jq rg python3 perl ssh nft; do command -v $p; done',
    );
    expect(output.split('\n').slice(0, 2)).toEqual([`v${NODE_VERSION}`, NPM_PIN.version]);
    expect(output.split('\n').slice(2, -1)).toHaveLength(8);
  });

  it('the default image has no program with setuid, setgid or file capabilities', async () => {
    expect(await inside('find / -xdev -type f -perm /6000 2>/dev/null; ls /usr/bin/su')).toBe(
      '/usr/bin/su\n',
    );
  });

  it('the default image names no package source of the host that made it', async () => {
    const output = await inside(
      'cd /etc/apt && cat sources.list sources.list.d/* 2>/dev/null; ls -d sources.list.d',
    );
    expect(output).toBe('sources.list.d\n');
  });
});

describe('an image of the user', () => {
  let engine: ImageEngine;
  const references = async (): Promise<string[]> =>
    (await listImages(engine)).map(({ reference }) => reference);

  beforeAll(async () => {
    engine = await engineOf('docker');
    await ensureImage(engine, DEFAULT, work);
  });

  // Removes no other images: the host has more than those.
  afterAll(async () =>
    removeImages(
      engine,
      readdirSync(folder).map((name) => dockerfileReference(join(folder, name, 'Dockerfile'))),
    ),
  );

  it('a reference is used without a pull where the engine has the image', async () => {
    const { digest } = await ensureImage(engine, DEFAULT, work);
    const spec = { kind: 'reference', reference: defaultImageReference() } as const;
    expect((await ensureImage(engine, spec, work)).digest).toBe(digest);
  });

  it('a plan knows an image only while the engine has it, and pulls nothing', async () => {
    const reference = 'localhost/bot-bottle/asked-for:1';
    const spec = { kind: 'reference', reference } as const;
    const { digest } = await ensureImage(engine, DEFAULT, work);
    await runOrThrow('docker', ['tag', digest, reference]);
    expect(await imageNow(engine, spec, work.signal)).toEqual({ digest });
    await runOrThrow('docker', ['rmi', reference]);
    expect(await imageNow(engine, spec, work.signal)).toHaveProperty('whyNot');
  });

  it('a reference that would be an option or a path is refused', async () => {
    for (const reference of ['--all-tags', 'a/../../containers', 'UP PER', '']) {
      const error = await failure(ensureImage(engine, { kind: 'reference', reference }, work));
      expect(error.code).toBe('manifest');
    }
  });

  it("a missing image is pulled, and the engine's error is passed on", async () => {
    const spec = { kind: 'reference', reference: 'registry.invalid/none:1' } as const;
    const error = await failure(ensureImage(engine, spec, work));
    expect(error.code).toBe('dependencyMissing');
    expect(error.details.join('\n')).toContain('registry.invalid');
  });

  it('an image is built from a Dockerfile, and again when that changes', async () => {
    const first = await ensureImage(engine, dockerfile('good', 'FROM BASE\nENV A=1\n'), work);
    const second = await ensureImage(engine, dockerfile('good', 'FROM BASE\nENV A=2\n'), work);
    expect(second.reference).toBe(first.reference);
    expect(second.digest).not.toBe(first.digest);
    expect(await references()).toContain(second.reference);
    await removeImages(engine, [second.reference]);
    expect(await references()).not.toContain(second.reference);
  });

  it('an image in use stays, others are removed, and the one that stays is named', async () => {
    const used = await ensureImage(engine, dockerfile('used', `FROM BASE\nENV USED=${folder}\n`), work);
    const other = await ensureImage(engine, dockerfile('other', 'FROM BASE\nENV USED=0\n'), work);
    const container = (await runOrThrow('docker', ['create', used.reference])).trim();
    const error = await failure(removeImages(engine, [used.reference, other.reference]));
    await runOrThrow('docker', ['rm', container]);
    expect(error).toMatchObject({ code: 'usage', details: [expect.stringContaining(used.reference)] });
    expect(await references()).toContain(used.reference);
    expect(await references()).not.toContain(other.reference);
  });

  it('a Dockerfile that does not build reports why, and leaves no container', async () => {
    const content = 'FROM BASE\nENV STEP=of-a-build\nRUN exit 7\n';
    const error = await failure(ensureImage(engine, dockerfile('broken', content), work));
    expect(error.code).toBe('dependencyMissing');
    expect(error.details.join('\n')).toContain('exit 7');
    const containers = (await runOrThrow('docker', ['ps', '--all', '--quiet'])).split('\n').filter(Boolean);
    const settings = await Promise.all(
      containers.map(
        async (id) => (await run('docker', ['inspect', '--format', '{{.Config.Env}}', id])).stdout,
      ),
    );
    expect(settings.filter((env) => env.includes('STEP=of-a-build'))).toEqual([]);
  });

  it.each([
    ['no shell', 'FROM scratch\nCOPY Dockerfile /file\n', /cannot start \/bin\/sh/],
    ['a shell for root only', 'FROM BASE\nUSER 0\nRUN chmod 0700 /bin/dash\n', /cannot start \/bin\/sh/],
    [
      'files for root only',
      'FROM BASE\nUSER 0\nRUN chmod 0600 /etc/passwd\n',
      /an ordinary user cannot read/,
    ],
    ['no tools', 'FROM BASE\nUSER 0\nRUN rm /usr/bin/env\n', /no `env` or `cat`/],
  ])('an image with %s is refused before anything runs in it', async (name, content, message) => {
    const error = await failure(ensureImage(engine, dockerfile(name.replaceAll(' ', '-'), content), work));
    expect(error).toMatchObject({ code: 'manifest', message: expect.stringMatching(message) as string });
    const left = await run('docker', ['ps', '--all', '--quiet', '--filter', 'name=bot-bottle-image-check']);
    expect(left.stdout).toBe('');
  });
});

/** The host's build contexts: a killed run may have left some. */
const buildContexts = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('bot-bottle-build-'));
const contextsBefore = buildContexts();

it('a build leaves no build context behind', () => {
  expect(buildContexts().filter((name) => !contextsBefore.includes(name))).toEqual([]);
});
