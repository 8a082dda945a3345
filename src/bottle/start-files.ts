import { dirname, isAbsolute, join } from 'node:path';
import type { ResolvedAgent } from '../manifest/resolve.ts';
import type { Identity } from '../secrets/identity.ts';
import type { SecretSource } from '../secrets/source.ts';

/**
 * What a start takes of this computer because a manifest names it, whatever it is called: the next start of the like takes it again. Where
 * it lies in a project, an agent could have changed it, and its work comes back with a consent of its own. Pure.
 */

export interface StartFile {
  /** Full. */
  readonly path: string;
  readonly why: string;
}

type Named = Pick<ResolvedAgent, 'manifests' | 'image' | 'gateway' | 'ssh' | 'prompt'> & {
  readonly egress: Pick<ResolvedAgent['egress'], 'secretRules'>;
};

/** Files and folders, each with why it matters. */
export function startFilesOf(
  { manifests, image, gateway, egress, ssh, prompt }: Named,
  identities: readonly Pick<Identity, 'source'>[],
): readonly StartFile[] {
  const program = gateway.engine === 'pipelock' ? gateway.programPath : undefined;
  const named: Readonly<Record<string, readonly string[]>> = {
    'it says what bot-bottle grants': manifests.map(({ path }) => path),
    'an image of your bottles is built from it': image.kind === 'dockerfile' ? builtFrom(image.hostPath) : [],
    'it is the gateway of your bottles': program === undefined ? [] : [program],
    'it says what must not leave your bottles': egress.secretRules,
    'a secret of yours comes from it': identities.flatMap(({ source }) => namedBy(source)),
    'it is a key of yours': ssh.map(({ identityPath }) => identityPath),
    'it instructs your agents':
      prompt === undefined ? [] : [join(dirname(prompt.manifest.path), prompt.relativePath)],
  };
  return Object.entries(named).flatMap(([why, paths]) => paths.map((path) => ({ path, why })));
}

/** And what keeps files out of the build: `docker build`, ".dockerignore files". */
const builtFrom = (dockerfilePath: string): readonly string[] => [
  dockerfilePath,
  `${dockerfilePath}.dockerignore`,
  ...['.dockerignore', '.containerignore'].map((name) => join(dirname(dockerfilePath), name)),
];

/** A command runs in the folder `/`: what it is given of the project, it is given by a full path. */
function namedBy(source: SecretSource): readonly string[] {
  if (source.kind === 'file') return [source.hostPath];
  return source.kind === 'command' ? source.argv.flatMap(pathsIn) : [];
}

/** Quotes, and what else ends a word for a shell or begins the value of an option. */
const ENDS_OF_WORDS = /[\s"'`;|&()<>=$\\{},:]+/;

/** An argument, or words of it: it may be a script of its own. The root is no file of anybody's. */
const pathsIn = (argument: string): readonly string[] =>
  [argument, ...argument.split(ENDS_OF_WORDS)].filter((word) => isAbsolute(word) && dirname(word) !== word);
