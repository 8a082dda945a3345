import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BottleSpec } from '../driver.ts';
import { SPEC } from './spec.testing.ts';
import { planSteps } from './steps.ts';

/** Compares the output of `--dry-run` with files; on any host. */

const GOLDEN = join(import.meta.dirname, '..', '..', '..', 'test', 'golden', 'apple');

const BOTTLES: Readonly<Record<string, { spec: BottleSpec; evidence?: Record<string, string> }>> = {
  default: { spec: SPEC },
  'a-reference-on-1.2.2': {
    spec: { ...SPEC, image: { kind: 'reference', reference: 'debian:stable' }, mounts: [] },
    evidence: { container: '1.2.2' },
  },
  'a-dockerfile-and-a-terminal': {
    spec: {
      ...SPEC,
      tty: true,
      image: { kind: 'dockerfile', hostPath: '/project/Dockerfile' },
      resources: { ...SPEC.resources, cpus: 0.5, pids: 64, memoryBytes: 512 * 1024 ** 2 },
    },
  },
};

/** Removes the current user and the recipe of the default image, which are not compared. */
const withoutHost = (text: string): string =>
  text
    .replaceAll(/--(uid|gid) [1-9]\d*/g, '--$1 ID')
    .replaceAll(/--owner \d+:\d+/g, '--owner ID:ID')
    .replaceAll(/(bot-bottle\/default:)[0-9a-f]{16}/g, '$1KEY');

test.each(Object.entries(BOTTLES))(
  'the plan equals the golden file: %s',
  async (name, { spec, evidence }) => {
    const steps = planSteps(spec, evidence ?? {}).map(({ what, call }) => `${what}\n  ${call.join(' ')}\n`);
    await expect(withoutHost(steps.join(''))).toMatchFileSnapshot(join(GOLDEN, `${name}.txt`));
  },
);
