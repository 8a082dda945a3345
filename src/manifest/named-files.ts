import { dirname, join } from 'node:path';
import type { SecretSource } from '../secrets/source.ts';
import type { Settings } from './extends/settings.ts';
import { resolveInjection, atHome } from './injection.ts';
import type { Manifest } from './load.ts';
import { resolveGateway, resolveImage } from './resolve.ts';

/**
 * Collects everything of this host that manifests name, for any of their bottles and agents. A start runs these
 * files, obeys them or passes them on. Pure.
 */

/** A file or folder, and why it matters. */
export interface NamedFile {
  /** Absolute. */
  readonly path: string;
  readonly why: string;
}

/** Everything that manifests name. */
export interface NamedHere {
  readonly files: readonly NamedFile[];
  /** Programs with their arguments. */
  readonly commands: readonly (readonly string[])[];
  /** Patterns of files whose contents must not leave a bottle. */
  readonly protect: readonly string[];
}

/** Returns what this manifest and its outer one name. */
export function namedHere(manifest: Manifest, homeDir: string): NamedHere {
  const { outer } = manifest;
  const [own, others] = [namedBy(manifest, homeDir), outer && namedHere(outer, homeDir)];
  return {
    files: [...own.files, ...(others?.files ?? [])],
    commands: [...own.commands, ...(others?.commands ?? [])],
    protect: [...own.protect, ...(others?.protect ?? [])],
  };
}

function namedBy({ file, bottles, agents }: Manifest, homeDir: string): NamedHere {
  const settings = [...bottles.values()].map((bottle) => bottle.settings);
  const sources = settings.flatMap((one) => sourcesOf(one, homeDir));
  const prompts = [...agents.values()].flatMap(({ prompt }) => prompt ?? []);
  return {
    files: [
      { path: file.path, why: 'it says what bot-bottle grants' },
      ...settings.flatMap((one) => filesOf(one, homeDir)),
      ...sources.flatMap((source) =>
        source.kind === 'file' ? { path: source.hostPath, why: SECRET_COMES } : [],
      ),
      ...prompts.map((name) => ({ path: join(dirname(file.path), name), why: 'it instructs your agents' })),
    ],
    commands: sources.flatMap((source) => (source.kind === 'command' ? [source.argv] : [])),
    protect: settings
      .flatMap((one) => one['egress.protect']?.value ?? [])
      .map((pattern) => atHome(pattern, homeDir)),
  };
}

/** The reason for a secret's file, for the program of a secret's command, and for files in that command's arguments. */
export const SECRET_COMES = 'a secret of yours comes from it';

const sourcesOf = (settings: Settings, homeDir: string): readonly SecretSource[] =>
  (settings['egress.allow']?.value ?? []).flatMap(({ value: { rule } }) => {
    const injection = rule.inject === undefined ? undefined : resolveInjection(rule.inject, homeDir);
    return injection !== undefined && 'source' in injection ? [injection.source] : [];
  });

function filesOf(settings: Settings, homeDir: string): readonly NamedFile[] {
  const image = resolveImage(settings.image);
  const gateway = resolveGateway(settings.gateway, homeDir);
  const named: Readonly<Record<string, readonly string[]>> = {
    'an image of your bottles is built from it': image.kind === 'dockerfile' ? builtFrom(image.hostPath) : [],
    'it is the gateway of your bottles':
      gateway.engine === 'pipelock' ? [gateway.programPath ?? []].flat() : [],
    'it says what must not leave your bottles': settings['egress.secret_rules']?.value ?? [],
    'it is a key of yours': (settings.ssh?.value ?? []).map(({ value }) => value.identity),
  };
  return Object.entries(named).flatMap(([why, paths]) =>
    paths.map((path) => ({ path: atHome(path, homeDir), why })),
  );
}

/** The Dockerfile and the files that keep others out of the build: `docker build`, ".dockerignore files". */
const builtFrom = (dockerfilePath: string): readonly string[] => [
  dockerfilePath,
  `${dockerfilePath}.dockerignore`,
  ...['.dockerignore', '.containerignore'].map((name) => join(dirname(dockerfilePath), name)),
];
