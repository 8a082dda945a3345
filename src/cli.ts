import { buildApplication, buildRouteMap, run } from '@stricli/core';
import { EXIT_CODES } from './errors.ts';
import { ls } from './commands/ls.ts';

const app = buildApplication(buildRouteMap({ routes: { ls }, docs: { brief: 'x' } }), {
  name: 'bot-bottle',
  scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true },
});
await run(app, process.argv.slice(2), { process: { stdout: process.stdout, stderr: process.stderr } });
if (typeof process.exitCode === 'number' && process.exitCode < 0) process.exitCode = EXIT_CODES.usage;
