import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { listImages } from '../store/images.ts';
import { connected, say, type Call } from './context.ts';

/** `nerdctl load` (pkg/imgutil/load/load.go): containerd's own import, as its other client asks for it. */
export async function load(call: Call): Promise<number> {
  const { flags, socketPath, namespace, env } = call;
  const path = flags.text('input');
  if (path === '') throw new Failure('stdin is empty and input flag is not specified');
  if (!existsSync(path)) throw new Failure(`open ${path}: no such file or directory`);
  const args = ['--address', socketPath, '--namespace', namespace, 'images', 'import'];
  const { before, names } = await connected(call, async (connection) => {
    const namesNow = async (): Promise<readonly string[]> =>
      (await listImages(connection)).map(({ name }) => name);
    const before = await namesNow();
    const { code, stderr } = await finished(
      ['ctr', ...args, '--digests', '--skip-digest-for-named', path],
      env,
    );
    if (code !== 0) throw new Failure(stderr.replace(/^ctr: /, '').trim());
    return { before, names: await namesNow() };
  });
  const given = await namesIn(path, env);
  if (flags.is('quiet')) return 0;
  for (const name of names.filter((each) => given.includes(each) || !before.includes(each)))
    say(`Loaded image: ${name}`);
  return 0;
}

/** Which names a layout gives. */
async function namesIn(path: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const { stdout } = await finished(['tar', '-xOf', path, '--wildcards', '--no-anchored', 'index.json'], env);
  try {
    const index = JSON.parse(stdout) as { manifests?: readonly { annotations?: Record<string, string> }[] };
    return (index.manifests ?? []).flatMap(
      ({ annotations = {} }) =>
        annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'] ?? [],
    );
  } catch {
    return [];
  }
}

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function finished(
  [program = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Finished> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.on('data', (piece: Buffer) => stdout.push(piece.toString()));
  child.stderr.on('data', (piece: Buffer) => stderr.push(piece.toString()));
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code: code ?? 1, stdout: stdout.join(''), stderr: stderr.join('') }),
    );
  });
}
