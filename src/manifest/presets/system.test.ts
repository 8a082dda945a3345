import { expect, test } from 'vitest';
import { apkUrls } from './system.ts';

test('apk: the URL of each line, also behind a tag; no comment, and no folder', () => {
  const text =
    '/media/cdrom/apks\nhttps://a.example/main\n@edge http://b.example/edge\n # https://c.example\n';
  expect(apkUrls(text)).toEqual(['https://a.example/main', 'http://b.example/edge']);
});
