import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { BottleError } from '../../errors.ts';
import type { EngineClient } from '../engine/client.ts';
import { EngineError } from '../engine/errors.ts';
import { IMAGE_LABEL } from './recipe.ts';

/** Imports an archive of files as an image, by the API that Docker and Podman share. */

export interface ImageImport {
  /** With its tag: `localhost/bot-bottle/probe:1`. */
  readonly reference: string;
  /** The value of bot-bottle's label. */
  readonly label: string;
  /** Dockerfile instructions to apply. */
  readonly changes: readonly string[];
  /** Users build images on it, which inherit its label: an unnamed image with this label belongs to a user. */
  readonly isBuiltUpon: boolean;
  /** The tar archive. */
  readonly content: Readable;
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Imports the archive, and removes unnamed leftovers of similar imports.
 * @throws BottleError `dependencyMissing` with the engine's error; EngineError
 */
export async function importImage(client: EngineClient, order: ImageImport): Promise<void> {
  const { content, timeoutMs, signal } = order;
  const answer = await client.stream({
    method: 'POST',
    path: importPath(order),
    content,
    signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  await throwReportedError(answer);
  await removeMisnamed(client, order);
}

/**
 * The tag is a part of `repo`, like in Docker's own client: Podman 4.3 ignores a parameter `tag`, and calls the image
 * `latest`. Pure.
 */
export function importPath({
  reference,
  label,
  changes,
}: Pick<ImageImport, 'reference' | 'label' | 'changes'>): string {
  const query = new URLSearchParams({ fromSrc: '-', repo: reference });
  for (const change of [...changes, `LABEL ${IMAGE_LABEL}=${label}`]) query.append('changes', change);
  return `/images/create?${query.toString()}`;
}

/** The engine answers 200 before the import, and reports a failure as a line of the stream. */
async function throwReportedError(answer: Readable): Promise<void> {
  for await (const line of createInterface(answer)) {
    if (line.trim() === '') continue;
    const { error } = JSON.parse(line) as { error?: string };
    if (error !== undefined)
      throw new BottleError('dependencyMissing', `the engine did not import the image: ${error}`, {
        fix: 'see that the engine runs, and that the disk of this host is not full',
      });
  }
}

/** A part of an entry of `GET /images/json`. */
export interface ListedImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
}

/** Removes images that earlier versions of bot-bottle left, one at each start of `doctor` on Podman 4.3. */
async function removeMisnamed(client: EngineClient, order: ImageImport): Promise<void> {
  const { label, signal } = order;
  const filters = JSON.stringify({ label: [`${IMAGE_LABEL}=${label}`] });
  const listed = await client.call<readonly ListedImage[]>({
    method: 'GET',
    path: '/images/json',
    query: { filters },
    signal,
  });
  for (const id of misnamed(listed, order)) {
    // Without force: the engine keeps an image that a container uses.
    await client.call({ method: 'DELETE', path: `/images/${id}` }).catch((error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
    });
  }
}

/**
 * The ids of images whose only name is the default tag; or of unnamed ones, if only bot-bottle makes such images. Pure.
 */
export function misnamed(
  listed: readonly ListedImage[],
  { reference, isBuiltUpon }: Pick<ImageImport, 'reference' | 'isBuiltUpon'>,
): string[] {
  const byDefault = `${reference.slice(0, reference.lastIndexOf(':'))}:latest`;
  const isNoName = (name: string): boolean => name === '<none>:<none>' || name === byDefault;
  return listed
    .filter(({ RepoTags }) =>
      isBuiltUpon ? RepoTags?.join() === byDefault : (RepoTags ?? []).every(isNoName),
    )
    .map(({ Id }) => Id);
}
