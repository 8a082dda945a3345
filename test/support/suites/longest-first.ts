import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take minutes, the longest first: with two workers, a long file that begins last runs alone at the end. */
export const LONG = [
  'test/conformance/qemu.test.ts',
  'test/conformance/qemu-user.test.ts',
  'test/conformance/sabotage.test.ts',
  'test/conformance/firecracker.test.ts',
  'test/conformance/docker-runsc.test.ts',
  'test/conformance/apple.test.ts',
  'test/integration/stand-ins/apple-traps.test.ts',
  'test/integration/gateway/gateway-heavy.test.ts',
  'test/e2e/agents/agents-inject.test.ts',
  'test/e2e/agents/agents.test.ts',
];

/** Unit tests that collect all garbage, while there is little of it; then those that take longest. */
export const FIRST = [
  'src/host/deadline.test.ts',
  'src/gateway/http/client/serve2.test.ts',
  'src/gateway/dlp/body/pictures.test.ts',
  'src/gateway/dlp/body/encoded-body.test.ts',
];

const ORDER = [...FIRST, ...LONG];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const at = ORDER.findIndex((name) => moduleId.endsWith(`/${name}`));
  return at === -1 ? ORDER.length : at;
};

/** Orders files by the lists above. Without recorded times, Vitest orders them by size, which says nothing here. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}
