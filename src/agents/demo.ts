import type { AgentDefinition } from './definition.ts';

/**
 * Does a little real work and tries one forbidden request, and prints both results, so that users can try a manifest.
 */
const SCRIPT = `echo "I am $(id -un) (uid $(id -u)) in $(pwd), on kernel $(uname -r)."
cd "$(mktemp -d)" || exit
echo '$ npm install is-number'
npm install --no-audit --no-fund is-number || echo 'that needs: egress.allow: [{ preset: npm }]'
echo '$ curl http://example.com/'
curl --silent --show-error --max-time 10 http://example.com/
echo`;

/** A scripted agent. */
export const demo: AgentDefinition = {
  name: 'demo',
  program: { kind: 'present' },
  interactive: ['/bin/sh', '-c', SCRIPT],
  headless: ['/bin/sh', '-c', SCRIPT],
  hosts: [],
  skillsPath: '/home/agent/skills',
  promptPath: undefined,
  env: {},
  credentials: [],
};
