import { normalize } from 'node:path';
import { BottleError } from '../../errors.ts';
import type { ImageStore } from '../attached/image/store.ts';
import { at, list, parse, text } from '../attached/json.ts';
import { nerdctl, PROGRAM, failureOf } from './cli.ts';

/** For a missing image it prints nothing, and succeeds (pkg/cmd/image/inspect.go). */
const inspectCall = (reference: string): readonly string[] => [
  'image',
  'inspect',
  '--mode=dockercompat',
  reference,
];

/** The settings that an image adds to a container. */
export interface ImageSays {
  /**
   * Paths where the image declares volumes. nerdctl puts them on the host's disk, without a bound, unless another mount
   * is there (pkg/cmd/container/run_mount.go).
   */
  readonly volumes: readonly string[];
  readonly labels: readonly string[];
}

/**
 * Reads an image's settings.
 * @throws BottleError `rungUnavailable` if nerdctl does not show them, `manifest` if the image has labels that programs
 * obey
 */
export async function askImage(reference: string, signal: AbortSignal): Promise<ImageSays> {
  const says = imageSays(await nerdctl(`show the image ${reference}`, inspectCall(reference), { signal }));
  const obeyed = says.labels.filter(isObeyed);
  if (obeyed.length === 0) return says;
  throw new BottleError(
    'manifest',
    `the image ${reference} has labels that nerdctl or containerd would obey on this host`,
    {
      details: obeyed.map((label) => label.slice(0, MOST_SHOWN)),
      fix: 'use an image without them (LABEL of its Dockerfile)',
    },
  );
}

const MOST_SHOWN = 100;

/**
 * Whether a program obeys this label. A container gets its image's labels, whoever wrote them. containerd starts the
 * programs in `containerd.io/restart.*`, as root of the host (its restart monitor). nerdctl's own labels control where
 * it writes a pid, which volumes it removes, and what its timers run (pkg/labels/labels.go).
 */
const isObeyed = (label: string): boolean =>
  label.includes('nerdctl/') || /^(?:containerd\.io\/|io\.containerd\.|io\.katacontainers\.)/.test(label);

/** Parses the output of `image inspect`. Pure. */
export function imageSays(said: string): ImageSays {
  const config = at(list(parse(said))[0], 'Config');
  const keysOf = (name: string): readonly string[] => Object.keys(at(config, name) ?? {});
  return {
    volumes: keysOf('Volumes').map((path) => normalize(path).replace(/(?<=.)\/$/, '')),
    labels: keysOf('Labels'),
  };
}

/** The images of containerd, in the namespace that nerdctl uses. */
export const IMAGES: ImageStore = {
  title: 'nerdctl',
  program: PROGRAM,
  key: 'nerdctl',
  inspectCall,
  digestIn: (said) => text(at(list(parse(said))[0], 'Id')),
  loadCall: (tarPath) => ['load', '--input', tarPath],
  pullCall: (reference) => ['pull', reference],
  expectBuildable: () => undefined,
  failureOf,
};
