import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bootstrapArgv } from './rootfs.ts';
import { integrityOf } from './pinned-package.ts';
import { NODE_PINS, NODE_VERSION, NPM_PIN } from './pins.ts';
import { defaultImageReference, imageSettings, recipeDir, recipePackages } from './recipe.ts';

const dockerfile = readFileSync(join(recipeDir(), 'Dockerfile'), 'utf8');

describe('the default image', () => {
  it('the default image has the same versions by both ways to make it', () => {
    expect(/^FROM node:([\d.]+)-\w+-slim$/m.exec(dockerfile)?.[1]).toBe(NODE_VERSION);
    expect(dockerfile).toContain(`npm@${NPM_PIN.version}`);
    for (const pin of Object.values(NODE_PINS)) expect(pin.version).toBe(NODE_VERSION);
  });

  it('the default image starts as the agent, with no program before it', () => {
    expect(imageSettings()).toContain('USER 1000:1000');
    expect(imageSettings()).toContain('ENTRYPOINT []');
  });

  it('the default image has a name that no registry is asked for', () => {
    expect(defaultImageReference()).toMatch(/^localhost\/bot-bottle\/default:[0-9a-f]{16}$/);
  });

  it('the default image lists packages by bare names, which go into an argument', () => {
    for (const name of recipePackages()) expect(name).toMatch(/^[a-z0-9][a-z0-9.+-]+$/);
  });
});

describe('bootstrapArgv', () => {
  it('bootstrapArgv quotes paths for hooks that split their arguments', () => {
    const argv = bootstrapArgv({
      suite: 'trixie',
      packages: ['git', 'jq'],
      mode: 'unshare',
      sourcesPath: '/c/host.sources',
      settingsPath: '/c/apt.conf',
      overlayPath: "/home/o'brien/my cache/overlay.tar",
      targetPath: '/c/rootfs.tar',
    });
    expect(argv).toContain(`--customize-hook=tar-in '/home/o'\\''brien/my cache/overlay.tar' /`);
    expect(argv).toContain('--include=git,jq');
    expect(argv.slice(-3)).toEqual(['trixie', '/c/rootfs.tar', '/c/host.sources']);
  });
});

describe('integrityOf', () => {
  it("integrityOf returns npm's integrity of a tarball", () => {
    // The empty file's SHA-512, from `openssl dgst -sha512 -binary /dev/null | base64`.
    expect(integrityOf(new Uint8Array())).toBe(
      'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==',
    );
  });
});
