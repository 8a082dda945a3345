/**
 * The names of the test's internet. The resolver answers with the lists of a list in turn: the name's address changes.
 */

export const NAMES: Readonly<Record<string, readonly string[] | readonly (readonly string[])[]>> = {
  'allowed.test': ['203.0.113.10'],
  'other.test': ['203.0.113.10'],
  'x.wild.test': ['203.0.113.10'],
  'y.wild.test': ['203.0.113.10'],
  'six.test': ['2001:db8::10'],
  'second.test': ['203.0.113.11', '203.0.113.10'],
  'refusing.test': ['203.0.113.11'],
  'private.test': ['10.9.9.9'],
  'lan.test': ['192.168.9.9'],
  'cgnat.test': ['100.64.0.9'],
  'metadata.test': ['169.254.169.254'],
  'loopback.test': ['127.0.0.1'],
  'zero.test': ['0.0.0.0'],
  'own.test': ['198.51.100.2'],
  'unplugged.test': ['198.51.101.77'],
  'unplugged6.test': ['2001:db8:77::7'],
  'local-network.test': ['198.51.102.200'],
  'mixed.test': ['203.0.113.10', '10.9.9.9'],
  'ula.test': ['fd00::9'],
  'loopback6.test': ['::1'],
  'mapped.test': ['::ffff:10.9.9.9'],
  'nat64.test': ['64:ff9b::a09:909'],
  'sixtofour.test': ['2002:a09:909::1'],
  'rebind.test': [['203.0.113.10'], ['10.9.9.9']],
  'pinned.test': ['203.0.113.20'],
  'proxy.corp.test': ['198.51.100.1'],
  'intranet.corp.test': ['203.0.113.20'],
  // The answers that a search list of corp.test would lead to.
  'allowed.test.corp.test': ['203.0.113.20'],
  'x.wild.test.corp.test': ['203.0.113.20'],
  'missing.wild.test.corp.test': ['203.0.113.20'],
  'localhost.corp.test': ['203.0.113.20'],
  'hosts-file.corp.test': ['203.0.113.20'],
};
