import { expect, test } from 'vitest';
import { folderFaults, readFolders, type FolderReading } from './own-folders.ts';

const MIB = 1024 ** 2;
const MOUNTS = `1 2 254:1 / / ro - overlay overlay rw
3 1 0:47 / /tmp rw,nosuid - tmpfs tmpfs rw,size=1024k
4 1 0:48 / /dev/shm rw,nosuid - tmpfs shm rw,size=65536k
`;
const HOST = `1 0 254:0 / / rw - ext4 /dev/vda rw
2 1 0:20 / /dev/shm rw - tmpfs tmpfs rw
`;

const reading = (
  changes: Partial<FolderReading> = {},
  sizeBytes: number | undefined = MIB,
): FolderReading => ({
  mounts: MOUNTS,
  hostMounts: HOST,
  folders: [{ guestPath: '/tmp', mountPath: '/tmp', sizeBytes }],
  ...changes,
});

const faults = (...given: Parameters<typeof reading>): readonly string[] =>
  folderFaults(reading(...given), { '/tmp': MIB });

test('a separate tmpfs with the requested size is confirmed', () => {
  expect(faults()).toEqual([]);
  expect(faults({}, MIB + 4096)).toEqual([]); // rounded up to a page
  expect(faults({}, MIB / 2)).toEqual([]);
});

test('a tmpfs that is larger, unbounded or without a size is a difference', () => {
  expect(faults({}, 2 * MIB)).toEqual([`/tmp may hold other than ${MIB} bytes: ${2 * MIB}`]);
  expect(faults({}, 0)).toEqual([`/tmp may hold other than ${MIB} bytes: any number`]);
  expect(faults({ folders: [] })).toHaveLength(1);
  expect(folderFaults({ ...reading(), folders: [] }, { '/dev/shm': 64 * MIB })).toHaveLength(1);
});

test('a folder of the host is a difference, however it was mounted', () => {
  expect(faults({ mounts: MOUNTS.replace('0:47', '0:20') })).toEqual(["/tmp is a folder of the host's"]);
  expect(faults({ mounts: MOUNTS.replace('- tmpfs tmpfs', '- ext4 /dev/vda') })).toEqual([
    '/tmp is no tmpfs: ext4',
  ]);
  expect(faults({ mounts: `${MOUNTS}5 1 254:0 /x /tmp rw - ext4 /dev/vda rw\n` })).toHaveLength(1);
  expect(faults({ mounts: '' })).toEqual(['/tmp is no tmpfs: no mount']);
});

test("this process's own folders are the host's", () => {
  const own = readFolders(process.pid, ['/dev/shm']);
  expect(own.folders[0]?.sizeBytes).toBeGreaterThan(0);
  expect(folderFaults(own, { '/dev/shm': 2 ** 50 })).toHaveLength(1);
  expect(readFolders(2 ** 30, ['/tmp'])).toMatchObject({ mounts: '', folders: [{ sizeBytes: undefined }] });
});
