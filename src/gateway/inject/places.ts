import type { Form } from './forms.ts';

/** Where in the forms a search can take up: by the bytes that stand there. */

/** So many characters stand before an end of a line within a form: with one, every so manieth line of a text would be held back. */
const SHORTEST_LINE = 2;
/** Stands between the bytes of some forms. */
export const BLANK = 0x20;

/** A byte of a form. */
export interface Place {
  readonly form: Form;
  readonly index: number;
}

/** By byte: where it stands in the forms. */
export function placesOf(forms: readonly Form[]): readonly (readonly Place[] | undefined)[] {
  const places: Place[][] = [];
  for (const form of forms) {
    form.bytes.forEach((byte, index) => (places[byte] ??= []).push({ form, index }));
  }
  return places;
}

/** Where a line may end, by the byte before it; and then by `aroundCut`. */
export type CutPlaces = readonly (ReadonlyMap<number, readonly Place[]> | undefined)[];

/** A key for the last byte but one of a line and the first of the next. */
export function aroundCut(beforeLast: number, next: number): number {
  return (beforeLast << 8) | next;
}

/** Where forms may be cut into lines. */
export function cutPlacesOf(forms: readonly Form[]): CutPlaces {
  const places: Map<number, Place[]>[] = [];
  for (const form of forms) {
    form.bytes.forEach((byte, index) => {
      if (!mayBeCut(form, index + 1)) return;
      const next = form.bytes[index + (form.bytes[index + 1] === BLANK ? 2 : 1)];
      if (next === undefined) return;
      const between = (places[byte] ??= new Map<number, Place[]>());
      const key = aroundCut(form.bytes[index - 1] ?? 0, next);
      between.set(key, [...(between.get(key) ?? []), { form, index }]);
    });
  }
  return places;
}

/** By byte: the forms that begin with it. */
export type Starts = readonly (readonly Form[] | undefined)[];

/** Where forms begin. */
export function startsOf(forms: readonly Form[]): Starts {
  const starts: Form[][] = [];
  for (const form of forms) (starts[form.bytes[0] ?? 0] ??= []).push(form);
  return starts;
}

/** Whether the form's bytes before this place of it stand before `at`. */
export function beginsBefore(bytes: Uint8Array, at: number, { form, index }: Place): boolean {
  if (index > at) return false;
  for (let back = 1; back <= index; back += 1) {
    if (bytes[at - back] !== form.bytes[index - back]) return false;
  }
  return true;
}

/** Whether a line may end before this byte of a form: where it is a blank, also instead of it. */
export function mayBeCut({ bytes, unit }: Form, index: number): boolean {
  return unit > 0 && index >= SHORTEST_LINE && (bytes[index] === BLANK || index % unit === 0);
}
