import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyBottle } from '../../../test/support/bottles.ts';
import { manifestOf } from '../../../test/support/manifest.ts';
import type { Settings } from './settings.ts';
import { writeOut } from './write-out.ts';

/** The values without their origin. */
const valuesOf = (settings: Settings): unknown =>
  JSON.parse(
    JSON.stringify(settings, (key, value: unknown) =>
      ['at', 'file', 'bottle', 'index'].includes(key) ? undefined : value,
    ),
  );

test('a written bottle has all settings of the bottle and its parent, and no others', () => {
  fc.assert(
    fc.property(anyBottle(), anyBottle(), (parent, child) => {
      // JSON is YAML.
      const manifest = manifestOf(
        JSON.stringify({ bottles: { parent, child: { extends: 'parent', ...child } } }),
      );
      const settings = manifest.bottles.get('child')?.settings ?? {};
      const again = manifestOf(JSON.stringify({ bottles: { again: writeOut(settings) } }));
      expect(valuesOf(again.bottles.get('again')?.settings ?? {})).toEqual(valuesOf(settings));
    }),
  );
});
