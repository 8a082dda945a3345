import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../../src/host/paths.ts';

/** One file from the sources as they are now. */
export async function bundle(source: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: packageRoot(),
    entryPoints: [source],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // CommonJS packages ask for Node's own modules with `require`.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile,
    logLevel: 'error',
  });
}

/** The gateway's program, where the launcher looks for it. */
export async function buildGateway(): Promise<string> {
  const program = join(packageRoot(), 'dist', 'gateway.js');
  await bundle('src/gateway/main.ts', program);
  return program;
}
