import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../host/paths.ts';
import type { BottleSpec } from '../driver.ts';
import { SPEC } from './spec.testing.ts';
import { planSteps } from './steps.ts';

/** Compares the output of `--dry-run` with files; on any host. */

const GOLDEN = join(import.meta.dirname, '..', '..', '..', 'test', 'golden', 'nerdctl');

const BOTTLES: Readonly<Record<string, { spec: BottleSpec; evidence?: Record<string, string> }>> = {
  default: { spec: SPEC },
  'a-reference-on-another-shim': {
    spec: { ...SPEC, image: { kind: 'reference', reference: 'debian:stable' }, mounts: [] },
    evidence: { runtime: 'io.containerd.kata-qemu.v2' },
  },
  'a-dockerfile-and-a-terminal': {
    spec: {
      ...SPEC,
      tty: true,
      image: { kind: 'dockerfile', hostPath: '/project/Dockerfile' },
      resources: { ...SPEC.resources, cpus: 0.5, pids: 8, memoryBytes: 512 * 1024 ** 2 },
    },
  },
};

/** Removes the current user and the recipe of the default image, which are not compared. */
const withoutHost = (text: string): string =>
  text
    .replaceAll(packageRoot(), '/package')
    .replaceAll(/(stay\.pl) \d+:\d+/g, '$1 ID:ID')
    .replaceAll(/--owner \d+:\d+/g, '--owner ID:ID')
    .replaceAll(/(bot-bottle\/default:)[0-9a-f]{16}/g, '$1KEY');

test.each(Object.entries(BOTTLES))(
  'the plan equals the golden file: %s',
  async (name, { spec, evidence }) => {
    const steps = planSteps(spec, evidence ?? {}).map(({ what, call }) => `${what}\n  ${call.join(' ')}\n`);
    await expect(withoutHost(steps.join(''))).toMatchFileSnapshot(join(GOLDEN, `${name}.txt`));
  },
);
