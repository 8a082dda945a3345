import { expect, test } from 'vitest';
import { readScripts } from './initrd.ts';

test("an image's name settings are replaced, and its links found, before there is a network", async () => {
  const { second } = await readScripts();
  const steps = [
    'elsewhere "$path"; done <$home/places',
    '>/etc/nsswitch.conf',
    'ifconfig eth0',
    '$home/check $tried',
  ];
  const places = steps.map((step) => second.indexOf(step));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});
