import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, the longest first: where two run at a time, what is begun last is waited for alone. */
const LONG = [
  'conformance/qemu.test.ts',
  'conformance/qemu-user.test.ts',
  'conformance/sabotage.test.ts',
  'conformance/firecracker.test.ts',
  'conformance/docker-runsc.test.ts',
  'conformance/apple.test.ts',
  'e2e/agents-inject.test.ts',
  'e2e/kill.test.ts',
  'e2e/demo.test.ts',
  'e2e/verify.test.ts',
  'e2e/agents.test.ts',
];
/** They would wait for what a long one has: turn.ts. */
const LATE = ['e2e/trust.test.ts'];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const isIt = (name: string): boolean => moduleId.endsWith(`/${name}`);
  const at = LONG.findIndex(isIt);
  return at !== -1 ? at : LONG.length + (LATE.some(isIt) ? 1 : 0);
};

/** Vitest's order of files on a host where it knows no times yet: by their size, which says nothing here. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}
