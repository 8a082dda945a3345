import { expect, test } from 'vitest';
import { apkUrls, aptUrls } from './system.ts';

test('apk: the URL of each line, also behind a tag; no comment, and no folder', () => {
  const text =
    '/media/cdrom/apks\nhttps://a.example/main\n@edge http://b.example/edge\n # https://c.example\n';
  expect(apkUrls(text)).toEqual(['https://a.example/main', 'http://b.example/edge']);
});

test('apt: the URL of each file that an update would fetch', () => {
  const said = "'http://a.example/debian/dists/x/InRelease' a_InRelease 0 \n'file:/srv/./InRelease' srv 0 \n";
  expect(aptUrls(said)).toEqual(['http://a.example/debian/dists/x/InRelease', 'file:/srv/./InRelease']);
});
