import { normalize } from 'node:path';
import type { ImageStore } from '../attached/image/store.ts';
import { at, list, parse, text } from '../attached/json.ts';
import { nerdctl, PROGRAM } from './cli.ts';
import { failureOf } from './failures.ts';

/** Of one that is not there it prints nothing, and succeeds (pkg/cmd/image/inspect.go). */
const inspectCall = (reference: string): readonly string[] => [
  'image',
  'inspect',
  '--mode=dockercompat',
  reference,
];

/**
 * Where an image wants volumes: nerdctl makes them on the host's disk, without a bound, but where something is mounted already
 * (pkg/cmd/container/run_mount.go). @throws BottleError `rungUnavailable`
 */
export async function volumesOf(reference: string, signal: AbortSignal): Promise<readonly string[]> {
  return volumesIn(await nerdctl(`show the image ${reference}`, inspectCall(reference), { signal }));
}

/** In what that prints. Pure. */
export const volumesIn = (said: string): readonly string[] =>
  Object.keys(at(list(parse(said))[0], 'Config', 'Volumes') ?? {}).map((path) =>
    normalize(path).replace(/(?<=.)\/$/, ''),
  );

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
