import { expect, test } from 'vitest';
import { dependenciesOf, expectModulesOf, inLoadOrder, moduleName, releaseFor } from './modules.ts';

const module = (...depends: readonly string[]): Buffer =>
  Buffer.from(`\u007fELF\0license=GPL\0depends=${depends.join(',')}\0retpoline=Y\0`);

const source = (modules: Readonly<Record<string, Buffer>>, builtin: readonly string[] = []) => ({
  builtin: new Set(builtin),
  read: async (name: string) => await Promise.resolve(modules[name]),
});

test('the dependencies of a module are read', () => {
  expect(dependenciesOf(module('net_failover', 'virtio-ring'))).toEqual(['net_failover', 'virtio_ring']);
  expect(dependenciesOf(module())).toEqual([]);
  expect(dependenciesOf(Buffer.from('no module'))).toEqual([]);
});

test('each module comes once, behind its dependencies', async () => {
  const modules = {
    virtio_net: module('net_failover', 'built'),
    net_failover: module('failover'),
    failover: module(),
    virtio_mmio: module(),
  };
  const order = await inLoadOrder(['virtio-mmio', 'virtio_net', 'failover'], source(modules, ['built']));
  expect(order.map(({ name }) => name)).toEqual(['virtio_mmio', 'failover', 'net_failover', 'virtio_net']);
});

test('built-in modules are not loaded, missing ones are an error, and cycles end', async () => {
  expect(await inLoadOrder(['ext4'], source({}, ['ext4']))).toEqual([]);
  await expect(inLoadOrder(['erofs'], source({}))).rejects.toThrow('the kernel has no erofs');
  const ring = await inLoadOrder(['one'], source({ one: module('other'), other: module('one') }));
  expect(ring.map(({ name }) => name)).toEqual(['other', 'one']);
});

test("a module has the kernel's name", () => {
  expect(moduleName('kernel/drivers/char/hw_random/virtio-rng.ko.xz')).toBe('virtio_rng');
  expect(moduleName('overlay.ko')).toBe('overlay');
});

test('a module for another release does not count', async () => {
  const forRelease = (release: string): Buffer =>
    Buffer.from(`\0vermagic=${release} SMP preempt \0depends=\0`);
  expect(releaseFor(forRelease('6.12.1-a'))).toBe('6.12.1-a');
  expect(releaseFor(module())).toBeUndefined();
  const read = async (release: string) =>
    await inLoadOrder(['erofs'], expectModulesOf('6.12.1', source({ erofs: forRelease(release) })));
  expect((await read('6.12.1')).map(({ name }) => name)).toEqual(['erofs']);
  await expect(read('6.12.2')).rejects.toThrow('its module erofs is for 6.12.2, and the kernel is 6.12.1');
  const silent = expectModulesOf('6.12.1', source({ erofs: module() }));
  await expect(inLoadOrder(['erofs'], silent)).rejects.toThrow('is for no release');
  await expect(inLoadOrder(['ext4'], silent)).rejects.toThrow('the kernel has no ext4');
});
