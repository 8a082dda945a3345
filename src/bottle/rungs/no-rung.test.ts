import { expect, test } from 'vitest';
import { noRung } from './no-rung.ts';

const RUNGS = [
  { runtime: 'bubblewrap', engine: 'bubblewrap' },
  { runtime: 'runc', engine: 'docker' },
  { runtime: 'runc', engine: 'podman' },
] as const;

test.each([
  ['bubblewrap', 'docker', 'bubblewrap needs no engine, and docker does not run it', 'leave out --engine'],
  ['runc', 'bubblewrap', 'bubblewrap does not run runc', '--engine docker, or --engine podman'],
  ['qemu', undefined, 'no driver for runtime qemu', 'bot-bottle doctor'],
] as const)('%s by %s: %s', (...[runtime, engine, message, fix]) => {
  expect(noRung({ runtime, engine }, RUNGS)).toMatchObject({
    code: 'rungUnavailable',
    message: expect.stringContaining(message) as string,
    fix: expect.stringContaining(fix) as string,
  });
});
