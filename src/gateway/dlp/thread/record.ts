import type { Form } from '../known/forms.ts';
import type { Detectors } from '../scan.ts';
import type { Note } from './messages.ts';

/**
 * Replaces the memory of the bottle in the inspection thread: records the calls, on which the main thread decides.
 * `replay.ts` adds the results that depend on that memory.
 */

type Recorder = Pick<Detectors, 'pieces' | 'guesses'>;

/** Returns a recorder that adds to `notes`. `forms` are those of the search, in the same order. */
export function createRecorder(forms: () => readonly Form[], notes: Note[]): Recorder {
  let places: ReadonlyMap<Form, number> | undefined;
  let views = 0;
  /** Parts that `notes` already contains: a body can be full of the same part. */
  const noted = new Set<string>();
  return {
    pieces: {
      note: ({ form, at, from, to }) => {
        places ??= new Map(forms().map((one, place) => [one, place]));
        const place = places.get(form) ?? 0;
        const key = `${place} ${from} ${to}`;
        if (notes.length === 0) noted.clear();
        if (!noted.has(key)) notes.push({ kind: 'piece', form: place, at, from, to });
        noted.add(key);
        return false;
      },
    },
    guesses: {
      isOver: false,
      note: (findings, actions) => notes.push({ kind: 'found', findings, actions }),
      ofBody: () => {
        const view = views++;
        return (begun, hasGoneOn) => notes.push({ kind: 'end', view, begun, hasGoneOn });
      },
    },
  };
}
