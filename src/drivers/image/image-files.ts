import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { BottleError, reasonOf } from '../../errors.ts';
import { deadline } from '../../host/deadline.ts';
import type { EngineClient } from '../engine/client.ts';
import { removeContainer } from '../engine/remove-container.ts';
import { IMAGE_LABEL } from './recipe.ts';

/**
 * Writes the files of an image as one tar. An engine exports only containers: so this makes one, never starts it, and
 * removes it.
 */

/** The engine copies or unpacks nothing for this, but may be busy. */
const CREATE_MS = 60_000;
const EXPORT_MS = 900_000;

export interface ImageFiles {
  /** The image, `sha256:...`. */
  readonly digest: string;
  /**
   * The container's name on the engine. The caller has recorded it, in case this process cannot remove the container.
   */
  readonly containerName: string;
  /** The path of the new tar, readable for every user with access to its folder; must not exist yet. */
  readonly tarPath: string;
}

/**
 * Writes the tar.
 * @throws BottleError `dependencyMissing` with the engine's error, or after a timeout; the signal's reason
 */
export async function writeImageFiles(
  client: EngineClient,
  { digest, containerName, tarPath }: ImageFiles,
  signal: AbortSignal,
): Promise<void> {
  const ending = deadline(EXPORT_MS, signal);
  try {
    // Takes no abort signal: the engine would go on after an abort, and removal would not find the container yet.
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
    // If this fails, the record of the container remains.
    await removeContainer(client, containerName).catch(() => undefined);
  }
}

/** The command exists in no image, in case a user starts the container by hand. */
const neverStarted = (digest: string): object => ({
  Image: digest,
  Entrypoint: ['/bot-bottle-never-starts'],
  Cmd: [],
  Labels: { [IMAGE_LABEL]: 'files' },
  Healthcheck: { Test: ['NONE'] },
  NetworkDisabled: true,
  HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], ReadonlyRootfs: true },
});
