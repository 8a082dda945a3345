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

/** One file from the sources as they are now, of the kind that its name says. */
export async function bundle(source: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: packageRoot(),
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    target: 'node20',
    ...(outfile.endsWith('.cjs') ? { format: 'cjs' } : MODULE),
    outfile,
    logLevel: 'error',
  });
}

/** The gateway's program, where the launcher looks for it. */
export async function buildGateway(): Promise<string> {
  const program = join(packageRoot(), 'dist', 'gateway.cjs');
  await bundle('src/gateway/main.ts', program);
  return program;
}
