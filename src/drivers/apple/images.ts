import { statSync } from 'node:fs';
import { BottleError } from '../../errors.ts';
import type { ImageStore } from '../attached/image/store.ts';
import { PROGRAM, failureOf } from './cli.ts';
import { imageDigestIn } from './json/other.ts';

/** apple/container#735: the builder refuses a longer Dockerfile with a misleading message. */
const MAX_DOCKERFILE_BYTES = 16 * 1024;

/** The images of Apple's `container`. */
export const IMAGES: ImageStore = {
  title: 'Apple’s container',
  program: PROGRAM,
  key: 'apple',
  inspectCall: (reference) => ['image', 'inspect', reference],
  digestIn: imageDigestIn,
  loadCall: (tarPath) => ['image', 'load', '--input', tarPath],
  pullCall: (reference) => ['image', 'pull', reference],
  expectBuildable,
  failureOf,
};

/** @throws BottleError `manifest` if the Dockerfile is longer than the builder accepts */
function expectBuildable(hostPath: string): void {
  const { size } = statSync(hostPath);
  if (size < MAX_DOCKERFILE_BYTES) return;
  throw new BottleError(
    'manifest',
    `${hostPath} has ${size} bytes, and Apple’s container builds Dockerfiles of less than ${MAX_DOCKERFILE_BYTES} (apple/container#735)`,
    { fix: 'move long RUN steps into scripts beside it, or choose another runtime' },
  );
}
