import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { IMAGES as APPLES } from '../../../src/drivers/apple/images.ts';
import { ensureImage } from '../../../src/drivers/attached/image/store.ts';
import { IMAGES as NERDCTLS } from '../../../src/drivers/nerdctl/images.ts';
import { linesOf } from '../../../src/errors.ts';
import { installAppleStandIn } from '../../support/apple/install.ts';
import { ANSWERS } from '../../support/apple/settings.ts';
import { installNerdctl, type InstalledNerdctl } from '../../support/nerdctl/install.ts';

/**
 * BuildKit clients get only requests for the default image that they support. Uses the stand-ins for them, on a host
 * that can build nothing and, like a Mac, cannot make an image from its own packages.
 */

const dir = mkdtempSync(join(tmpdir(), 'attached-image-'));
let nerdctl: InstalledNerdctl;
beforeAll(async () => {
  nerdctl = await installNerdctl(join(dir, 'nerdctl'));
  const apple = await installAppleStandIn(join(dir, 'apple'));
  await apple.configure({ answers: [ANSWERS.noImage, ANSWERS.builderFails] });
  const failing = join(dir, 'failing');
  mkdirSync(failing);
  const path = join(failing, 'mmdebstrap');
  writeFileSync(path, '#!/bin/sh\necho nothing is made here >&2\nexit 1\n');
  chmodSync(path, 0o755);
  vi.stubEnv('XDG_CACHE_HOME', join(dir, 'cache'));
  vi.stubEnv('PATH', [nerdctl.binDir, apple.binDir, failing, process.env['PATH']].join(':'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await nerdctl.remove();
  rmSync(dir, { recursive: true, force: true });
});

test.each([
  [NERDCTLS, '`buildctl` needs to be installed'],
  [APPLES, 'failed to solve: nothing is made here'],
])('the attached image of $program is found', async (store, says) => {
  const work = { progress: () => undefined, signal: new AbortController().signal };
  const failure = await ensureImage(store, { kind: 'default' }, work).catch(linesOf);
  expect(failure).toContainEqual(expect.stringContaining(says));
});
