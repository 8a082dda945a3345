import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, the longest first: where two run at a time, what is begun last is waited for alone. */
const LONG = [
  'conformance/qemu.test.ts',
  'conformance/qemu-user.test.ts',
  'conformance/sabotage.test.ts',
  'conformance/firecracker.test.ts',
  'conformance/docker-runsc.test.ts',
  'conformance/apple.test.ts',
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
