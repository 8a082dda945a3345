import { expect, test } from 'vitest';
import { readScripts } from './scripts.ts';

test('an image does not say how names are found any more when the first program looks for some, and it is not blamed on a machine', async () => {
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
