import type { SubjectWishes } from './read.ts';

/** The arguments of the command line that name a bottle of the user's. Pure. */
export const argumentsNaming = (
  name: string,
  { named, yes }: Pick<SubjectWishes, 'named' | 'yes'>,
): readonly string[] => [
  '--bottle',
  name,
  ...(named === undefined ? [] : ['--manifest', named]),
  ...(yes ? ['--yes'] : []),
];
