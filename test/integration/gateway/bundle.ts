import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../../src/host/paths.ts';

// CommonJS packages ask for Node's own modules with `require`, which a module has only if it makes it.
const MODULE = {
  format: 'esm',
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
} as const;

/**
 * One file from the sources as they are now, of the kind that its name says. It is there whole or as it was before: other test
 * files start the same program meanwhile, and half of one, or an empty one, ends at once without a word.
 */
export async function bundle(source: string, path: string): Promise<void> {
  const outfile = `${path}.${randomUUID()}.tmp`;
  await build({
    absWorkingDir: packageRoot(),
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    target: 'node20',
    ...(path.endsWith('.cjs') ? { format: 'cjs' } : MODULE),
    outfile,
    logLevel: 'error',
  });
  renameSync(outfile, path);
}

/** The gateway's program, where the launcher looks for it. */
export async function buildGateway(): Promise<string> {
  const program = join(packageRoot(), 'dist', 'gateway.cjs');
  await bundle('src/gateway/main.ts', program);
  return program;
}
