import type { SubjectWishes } from './read.ts';

/** Returns the command-line arguments that name a user's bottle. Pure. */
export const argumentsNaming = (
  name: string,
  { named, yes }: Pick<SubjectWishes, 'named' | 'yes'>,
): readonly string[] => [
  '--bottle',
  name,
  ...(named === undefined ? [] : ['--manifest', named]),
  ...(yes ? ['--yes'] : []),
];
