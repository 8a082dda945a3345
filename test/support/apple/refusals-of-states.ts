import { create, type RefusalCase } from './refusals.ts';

/** More of what Apple's `container` refuses: networks, what is not there, and the service. */

export const NETWORK_REFUSALS: readonly RefusalCase[] = [
  {
    what: 'none beside another',
    args: create('--network', 'none', '--network', 'default'),
    code: 1,
    says: /no other networks may be created along with network none/,
  },
  { what: 'none before 1.1', version: '1.0.0', args: create('--network', 'none'), code: 1, says: /none/ },
  {
    what: 'two networks before 1.0',
    version: '0.12.3',
    args: create('--network', 'default', '--network', 'default'),
    code: 1,
    says: /route/,
  },
  {
    what: 'a network that is not there',
    args: create('--network', 'nowhere'),
    code: 1,
    says: /network nowhere not found/,
  },
  { what: 'the host’s network', args: create('--network', 'host'), code: 1, says: /network host not found/ },
  {
    what: 'a property that it has not',
    args: create('--network', 'default,ip=10.0.0.9'),
    code: 1,
    says: /unknown network property 'ip'\. Available properties: mac, mtu/,
  },
  {
    what: 'a network of one’s own before macOS 26',
    macosVersion: '15.6',
    args: create('--network', 'inner'),
    code: 1,
    says: /non-default network configuration requires macOS 26 or newer/,
  },
  { what: 'a network with a capital', args: ['network', 'create', 'Inner'], code: 1, says: /Inner/ },
  { what: 'a network by the name of none', args: ['network', 'create', 'none'], code: 1, says: /none/ },
  {
    what: 'that the built-in one goes',
    args: ['network', 'delete', 'default'],
    code: 1,
    says: /cannot delete the default network/,
  },
];

/** Of containers by their names, and the service. */
export const STATE_REFUSALS: readonly RefusalCase[] = [
  {
    what: 'exec in what is not there',
    args: ['exec', 'nothing', 'true'],
    code: 1,
    says: /^Error: get failed: container nothing not found$/m,
  },
  {
    what: 'to inspect what is not there',
    args: ['inspect', 'nothing'],
    code: 1,
    says: /^Error: container not found: nothing$/m,
  },
  {
    what: 'to stop what is not there',
    args: ['stop', 'nothing'],
    code: 1,
    says: /^Error: No such container: nothing$/m,
  },
  {
    what: 'to delete what is not there',
    args: ['delete', '--force', 'nothing'],
    code: 1,
    says: /^Error: internalError: "failed to delete container" \(cause: "notFound: "container with ID nothing not found""\)$/m,
  },
  {
    what: 'to delete nothing',
    args: ['delete'],
    code: 1,
    says: /^Error: invalidArgument: "no containers specified and --all not supplied"$/m,
  },
  { what: 'to attach to one', args: ['attach', 'x'], code: 1, says: /container-attach/ },
  { what: 'to wait for one', args: ['wait', 'x'], code: 1, says: /container-wait/ },
  { what: 'cp before 1.0', version: '0.12.3', args: ['cp', 'a', 'b:/c'], code: 1, says: /container-cp/ },
  {
    what: 'cp with a path that is not whole',
    args: ['cp', '{dir}/file', 'x:relative'],
    code: 1,
    says: /invalid path given: x:relative/,
  },
  {
    what: 'cp between two',
    args: ['cp', 'x:/a', 'y:/b'],
    code: 1,
    says: /copying between containers is not supported/,
  },
  {
    what: 'a pull without a registry',
    args: ['image', 'pull', 'localhost/nothing:1'],
    code: 1,
    says: /localhost\/nothing:1/,
  },
  {
    what: 'to look at an image that is not there',
    args: ['image', 'inspect', 'localhost/nothing:1'],
    code: 1,
    says: /^Error: image not found: localhost\/nothing:1$/m,
  },
  {
    what: 'to load what is no image',
    args: ['image', 'load', '--input', '{dir}/file'],
    code: 1,
    says: /failed to extract archive/,
  },
];
