import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeShareOf } from './node-installation.ts';

const HOME = '/home/u';
const PRIVATE = [HOME, '/home/u/.local/state/bot-bottle', '/home/u/.cache/bot-bottle'];
const SYSTEM = ['/usr/bin', '/usr/local/bin'];
const shared = (nodePath: string, hasHeaders: boolean): string | undefined =>
  nodeShareOf({ nodePath, hasHeaders, privatePaths: PRIVATE, systemFolders: SYSTEM })?.hostPath;

test.each([
  ['/usr/bin/node', true, undefined],
  ['/usr/local/bin/node', true, undefined],
  ['/usr/local/nvm/versions/node/v24/bin/node', true, '/usr/local/nvm/versions/node/v24'],
  ['/usr/local/binary/node', true, '/usr/local/binary/node'],
  ['/home/u/.nvm/versions/node/v24/bin/node', true, '/home/u/.nvm/versions/node/v24'],
  ['/opt/node/bin/node', true, '/opt/node'],
  ['/opt/tools/bin/node', false, '/opt/tools/bin/node'],
  ['/opt/node/node', true, '/opt/node/node'],
  ['/home/u/bin/node', true, '/home/u/bin/node'],
  ['/home/u/.local/bin/node', true, '/home/u/.local/bin/node'],
  ['/home/u/.cache/bin/node', true, '/home/u/.cache/bin/node'],
  ['/home/bin/node', true, '/home/bin/node'],
  ['/bin/node', true, '/bin/node'],
] as const)('an installation of %s (with headers: %s) shows %s', (nodePath, hasHeaders, expected) =>
  expect(shared(nodePath, hasHeaders)).toBe(expected),
);

test('private folders and their parents are never shown', () => {
  const part = fc.constantFrom('home', 'u', '.local', 'state', 'bot-bottle', '.cache', 'bin');
  const folder = fc.array(part, { maxLength: 5 }).map((parts) => parts.map((name) => `/${name}`).join(''));
  fc.assert(
    fc.property(folder, (at) => {
      const shown = shared(`${at}/bin/node`, true);
      expect(PRIVATE.filter((path) => `${path}/`.startsWith(`${shown}/`))).toEqual([]);
    }),
  );
});
