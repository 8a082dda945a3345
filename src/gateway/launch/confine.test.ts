import { describe, expect, test } from 'vitest';
import { confinedCall, type Confinement } from './confine.ts';
import { nodeShareOf } from '../../host/system/node-installation.ts';

const confinement: Confinement = {
  bottleId: 'b1',
  nodePath: '/usr/bin/node',
  nodeShare: undefined,
  programPath: '/p/dist/gateway.cjs',
  relayDir: '/p/assets/handover',
  handoverDir: '/s/run/handover',
  auditDir: '/s/audit',
  controlDir: '/s/run/control',
  trustPath: '/s/run/trust.pem',
  system: [
    { path: '/bin', target: 'usr/bin' },
    { path: '/lib64', target: undefined },
  ],
  dropTo: undefined,
  maxDataBytes: 671_088_640,
};
const call = (more: Partial<Confinement> = {}): string => confinedCall({ ...confinement, ...more }).join(' ');

describe('confining the gateway on the host', () => {
  test('gives the gateway the network and nothing else of the host, as the user', () => {
    expect(call()).not.toContain('--unshare-net');
    for (const flag of [
      '--unshare-user',
      '--unshare-pid',
      '--unshare-ipc',
      '--disable-userns',
      '--clearenv',
      '--cap-drop ALL',
    ]) {
      expect(call()).toContain(flag);
    }
    expect(call()).toContain('--symlink usr/bin /bin --ro-bind /lib64 /lib64');
    expect(call()).toContain('--ro-bind-try /proc/net/fib_trie /proc/net/fib_trie');
    expect(call().match(/ --bind [^ ]+/g)).toEqual([
      ' --bind /s/run/handover',
      ' --bind /s/audit',
      ' --bind /s/run/control',
    ]);
    expect(call()).toMatch(
      /-- \/usr\/bin\/prlimit --data=671088640:671088640 \/usr\/bin\/node .*\/gateway\/gateway\.cjs \/gateway\/config\.json$/,
    );
  });

  test('makes root drop to another user for good', () => {
    const dropped = call({ dropTo: { uid: 7, gid: 8 } });
    expect(dropped).not.toContain('--unshare-user');
    expect(dropped).toContain(
      '-- setpriv --reuid 7 --regid 8 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs /usr/bin/prlimit',
    );
  });

  test('finds a Node in an unusual place', () => {
    const nodePath = '/root/.nvm/versions/node/v24/bin/node';
    const nodeShare = nodeShareOf({ nodePath, hasHeaders: true, privatePaths: ['/root'], systemFolders: [] });
    const elsewhere = call({ nodePath, nodeShare });
    expect(elsewhere).toContain('--ro-bind /root/.nvm/versions/node/v24 /node');
    expect(elsewhere).toMatch(/-- .* \/node\/bin\/node --max/);
  });

  test.each(['/root/bin/node', '/root/.local/bin/node'])('shows of %s the program alone', (nodePath) => {
    const privatePaths = ['/root', '/root/.local/state/bot-bottle'];
    const nodeShare = nodeShareOf({ nodePath, hasHeaders: true, privatePaths, systemFolders: [] });
    expect(call({ nodePath, nodeShare })).toContain(
      `--dir /node --dir /node/bin --ro-bind ${nodePath} /node/bin/node `,
    );
    expect(call({ nodePath, nodeShare })).toMatch(/-- .* \/node\/bin\/node --max/);
    expect(call({ nodePath, nodeShare })).not.toMatch(/ \/root(\/\.local)? /);
  });
});
