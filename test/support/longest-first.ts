import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, the longest first: where two run at a time, what is begun last is waited for alone. */
export const LONG = [
  'test/conformance/qemu.test.ts',
  'test/conformance/qemu-user.test.ts',
  'test/conformance/sabotage.test.ts',
  'test/conformance/firecracker.test.ts',
  'test/conformance/docker-runsc.test.ts',
  'test/conformance/apple.test.ts',
  'test/integration/apple-traps.test.ts',
  'test/integration/gateway-heavy.test.ts',
  'test/e2e/agents-inject.test.ts',
  'test/e2e/agents.test.ts',
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}`));
  return at === -1 ? LONG.length : at;
};

/** Vitest's order of files on a host where it knows no times yet: by their size, which says nothing here. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}
