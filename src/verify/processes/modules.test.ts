import { expect, test } from 'vitest';
import { loadableModules, loadableOf, loadedModules, namesIn, watchModules } from './modules.ts';

test('the module names are the first words of /proc/modules', () => {
  expect(
    namesIn(
      'udp_diag 12288 0 - Live 0x0000000000000000\ninet_diag 28672 1 udp_diag, Live 0x0000000000000000\n',
    ),
  ).toEqual(['udp_diag', 'inet_diag']);
  expect(namesIn('')).toEqual([]);
});

test('only modules that the host has and has not loaded can appear, however their files are packed', () => {
  const files = [
    'kernel/net/ipv4/udp_diag.ko.xz: kernel/net/ipv4/inet_diag.ko.xz',
    'kernel/fs/romfs/romfs.ko:',
    'kernel/net/bridge/bridge.ko.zst: kernel/net/802/stp.ko.zst kernel/net/llc/llc.ko.zst',
    'kernel/drivers/pps/clients/pps-ldisc.ko:',
    'kernel/net/bridge/br_netfilter.ko: kernel/net/bridge/bridge.ko',
    'kernel/net/nfnetlink_of_another.ko: kernel/net/netfilter/nfnetlink.ko',
  ].join('\n');
  expect(loadableOf(files, ['bridge', 'udp'])).toEqual(['udp_diag', 'pps_ldisc', 'romfs']);
  expect(loadableOf('', [])).toEqual([]);
});

test('this host has no unloaded module that is loaded, and looking loads none', () => {
  const came = watchModules();
  const loaded = loadedModules();
  expect(loadableModules().filter((name) => loaded?.includes(name))).toEqual([]);
  expect(came()).toEqual(loaded === undefined ? undefined : []);
});
