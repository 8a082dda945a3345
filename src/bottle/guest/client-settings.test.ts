import { expect, test } from 'vitest';
import type { ReadPreset } from '../../manifest/presets.ts';
import { clientsInBottle, type ReadPresets } from './client-settings.ts';

const preset = (name: string): ReadPreset => ({
  endpoints: [],
  settings: ({ host, port }) => ({
    env: { [name]: `${host}:${port}` },
    homeFiles: { [`.${name}/conf`]: name },
  }),
});
const PRESETS: ReadPresets = new Map([
  ['go', preset('go')],
  ['cargo', preset('cargo')],
]);
const rule = (id: string) => ({ id, position: '', host: 'a.example', port: 443, scheme: 'https' as const });

test('clients of presets that are allowed get their variables and files, others nothing', () => {
  expect(clientsInBottle(PRESETS, { allow: [rule('egress.allow[0] go')] }, '127.200.0.1')).toEqual({
    env: { go: '127.200.0.1:3128' },
    files: { '.go_conf': 'go' },
    steps: [{ kind: 'copy', guestPath: '/home/agent/.go/conf', target: '/etc/bot-bottle/clients/.go_conf' }],
  });
});
