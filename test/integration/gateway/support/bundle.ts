import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../../../src/host/paths.ts';

// CommonJS packages load Node's own modules with `require`, which an ES module must make itself.
const MODULE = {
  format: 'esm',
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
} as const;

/**
 * Bundles the current sources into one file, of the kind that its name says. Replaces the file atomically: other test
 * files start the same program meanwhile, and a partial or empty file would end at once without a message.
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

/** Builds the gateway's program, in the place where the launcher looks for it. Returns its path. */
export async function buildGateway(): Promise<string> {
  const program = join(packageRoot(), 'dist', 'gateway.cjs');
  await bundle('src/gateway/main.ts', program);
  return program;
}
