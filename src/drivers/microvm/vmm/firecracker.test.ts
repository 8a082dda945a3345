import { expect, test } from 'vitest';
import { requestProblems } from '../../../../test/support/firecracker/description.ts';
import { readPublished } from '../../../../test/support/firecracker/published.ts';
import {
  bootRequests,
  firecrackerCommand,
  KERNEL_ARGUMENTS,
  loadRequest,
  saveRequests,
  versionProblem,
} from './firecracker.ts';
import { RESUME, STOP } from '../../../../test/support/firecracker/requests.ts';
import { LINK, type Machine } from './machine.ts';

const MACHINE: Machine = {
  cpus: 2,
  memoryMib: 512,
  kernelPath: '/vm/vmlinux',
  initrdPath: '/vm/initrd',
  disks: [
    { path: '/vm/base', readOnly: true },
    { path: '/vm/scratch', readOnly: false },
  ],
  tapName: LINK.tapName,
};
const SAVED = { statePath: '/vm/run/state', memoryPath: '/vm/run/memory' };
const published = readPublished();

test('the command line equals the documented one', () => {
  expect(
    firecrackerCommand({ programPath: '/vm/firecracker', id: 'b-1', socketPath: '/vm/run/api' }),
  ).toEqual(['/vm/firecracker', '--id', 'b-1', '--api-sock', '/vm/run/api', '--level', 'Error']);
});

test('the requests configure the machine', () => {
  const asked = bootRequests(MACHINE).map(
    ({ method, path, body }) => `${method} ${path} ${JSON.stringify(body)}`,
  );
  expect(asked).toMatchInlineSnapshot(`
    [
      "PUT /machine-config {"vcpu_count":2,"mem_size_mib":512,"smt":false}",
      "PUT /boot-source {"kernel_image_path":"/vm/vmlinux","initrd_path":"/vm/initrd","boot_args":"reboot=k panic=-1 8250.nr_uarts=0 quiet loglevel=1 i8042.noaux i8042.nomux i8042.dumbkbd swiotlb=noforce random.trust_cpu=off random.trust_bootloader=off cryptomgr.notests"}",
      "PUT /drives/disk0 {"drive_id":"disk0","path_on_host":"/vm/base","is_root_device":false,"is_read_only":true,"rate_limiter":{"bandwidth":{"size":536870912,"refill_time":1000},"ops":{"size":50000,"refill_time":1000}}}",
      "PUT /drives/disk1 {"drive_id":"disk1","path_on_host":"/vm/scratch","is_root_device":false,"is_read_only":false,"rate_limiter":{"bandwidth":{"size":536870912,"refill_time":1000},"ops":{"size":50000,"refill_time":1000}}}",
      "PUT /network-interfaces/eth0 {"iface_id":"eth0","host_dev_name":"bottle","guest_mac":"02:00:0a:c8:00:02","rx_rate_limiter":{"bandwidth":{"size":134217728,"refill_time":1000},"ops":{"size":100000,"refill_time":1000}},"tx_rate_limiter":{"bandwidth":{"size":134217728,"refill_time":1000},"ops":{"size":100000,"refill_time":1000}}}",
      "PUT /balloon {"amount_mib":0,"deflate_on_oom":true,"free_page_reporting":true}",
      "PUT /entropy {"rate_limiter":{"bandwidth":{"size":65536,"refill_time":1000}}}",
      "PUT /actions {"action_type":"InstanceStart"}",
    ]
  `);
});

test.each([...bootRequests(MACHINE), ...saveRequests(SAVED), loadRequest(SAVED), RESUME, STOP])(
  '$method $path matches the published description',
  (request) => {
    expect(requestProblems(published, request)).toEqual([]);
  },
);

test.each([
  [{ path: '/machine-config', body: { vcpu_count: 33, mem_size_mib: 1 } }, 'body.vcpu_count is above 32'],
  [{ path: '/machine-config', body: { vcpu_count: 1.5, mem_size_mib: 1 } }, 'body.vcpu_count is no integer'],
  [{ path: '/machine-config', body: { vcpu_count: 1 } }, 'body has no mem_size_mib'],
  [
    { path: '/entropy', body: { rate_limiter: { ops: { size: 1 } } } },
    'body.rate_limiter.ops has no refill_time',
  ],
  [{ path: '/entropy', body: { rate: {} } }, 'body.rate is not known'],
  [{ path: '/actions', body: { action_type: 'Begin' } }, 'is none of FlushMetrics, InstanceStart'],
  [{ path: '/actions' }, 'its body is missing'],
  [{ path: '/drive', body: {} }, 'there is no PUT /drive'],
])('the check against the description finds the fault: %j', (request, problem) => {
  expect(requestProblems(published, { method: 'PUT', ...request }).join('; ')).toContain(problem);
});

test('the machine starts last, and writes only to its own disk', () => {
  const requests = bootRequests(MACHINE);
  expect(requests.at(-1)?.body).toEqual({ action_type: 'InstanceStart' });
  const disks = requests.filter(({ path }) => path.startsWith('/drives/')).map(({ body }) => body);
  expect(disks.map((body) => [body?.['path_on_host'], body?.['is_read_only']])).toEqual([
    ['/vm/base', true],
    ['/vm/scratch', false],
  ]);
});

test('a machine is paused before it is saved', () => {
  expect(saveRequests(SAVED).map(({ path }) => path)).toEqual(['/vm', '/snapshot/create']);
});

test('the archive loads modules, and has no console', () => {
  expect(KERNEL_ARGUMENTS).not.toContain('nomodule');
  expect(KERNEL_ARGUMENTS.join(' ')).not.toMatch(/console=|pci=|root=/);
});

test('a setting that Firecracker does not support is refused with the remedy', () => {
  expect(() => bootRequests({ ...MACHINE, cpus: 33 })).toThrow(
    '32 processors of a machine at most, and not 33',
  );
  expect(() => bootRequests(MACHINE, ['x'.repeat(2049)])).toThrow('2048 characters');
});

test('an older Firecracker lacks a requested feature', () => {
  expect(versionProblem('1.14.0')).toBeUndefined();
  expect(versionProblem('2.0.1')).toBeUndefined();
  expect(versionProblem('1.13.9')).toBe('it is 1.13.9, and 1.14 is needed');
  expect(versionProblem('0.25.0')).toBe('it is 0.25.0, and 1.14 is needed');
  expect(versionProblem('dev')).toBe('its version is not understood: dev');
});
