import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BottleError, reasonOf } from '../../errors.ts';
import { deadline } from '../../host/deadline.ts';
import type { EngineClient } from '../engine/client.ts';
import { removeContainer } from '../engine/remove-container.ts';
import { IMAGE_LABEL } from './recipe.ts';

/** The files of an image, as one tar. An engine gives them of a container only: it is made, never started, and removed. */

/** An engine copies or unpacks nothing for it, but a busy one has others to serve. */
const CREATE_MS = 60_000;
const EXPORT_MS = 900_000;

export interface ImageFiles {
  /** The image, `sha256:...`. */
  readonly digest: string;
  /** Of this host's engine; whoever asks has noted it, for the case that nobody here comes to remove it. */
  readonly containerName: string;
  /** Where the tar is written, for all who may enter its folder; nothing is there yet. */
  readonly tarPath: string;
}

/** Writes it. @throws BottleError `dependencyMissing` with what the engine said, or in time; the signal's reason */
export async function writeImageFiles(
  client: EngineClient,
  { digest, containerName, tarPath }: ImageFiles,
  signal: AbortSignal,
): Promise<void> {
  const ending = deadline(EXPORT_MS, signal);
  try {
    // Not to be interrupted: the engine would go on, and removal find nothing yet.
    await client.call({
      method: 'POST',
      path: '/containers/create',
      query: { name: containerName },
      json: neverStarted(digest),
      timeoutMs: CREATE_MS,
    });
    ending.throwIfAborted();
    const path = `/containers/${containerName}/export`;
    const answer = await client.stream({ method: 'GET', path, timeoutMs: EXPORT_MS, signal: ending });
    await pipeline(answer, createWriteStream(tarPath, { flags: 'wx', mode: 0o644 }), { signal: ending });
  } catch (cause) {
    signal.throwIfAborted();
    const why = ending.aborted ? reasonOf(ending.reason) : reasonOf(cause);
    throw new BottleError('dependencyMissing', 'the engine did not give the files of the image', {
      details: [`image: ${digest}`, why],
      fix: 'see that the engine runs, and that the disk of this host is not full',
      cause,
    });
  } finally {
    // What is not removed here is noted.
    await removeContainer(client, containerName).catch(() => undefined);
  }
}

/** With a command that no image has, for the case that somebody starts it by hand. */
const neverStarted = (digest: string): object => ({
  Image: digest,
  Entrypoint: ['/bot-bottle-never-starts'],
  Cmd: [],
  Labels: { [IMAGE_LABEL]: 'files' },
  Healthcheck: { Test: ['NONE'] },
  NetworkDisabled: true,
  HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], ReadonlyRootfs: true },
});
