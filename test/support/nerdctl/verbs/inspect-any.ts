import { atLeast } from '../cli/flags.ts';
import { Failure } from '../failure.ts';
import { findImage } from '../store/images.ts';
import { connected, isThere, type Call } from './context.ts';
import { imageInspect } from './image-inspect.ts';
import { inspect } from './inspect.ts';

/** `nerdctl inspect`: an image, or else a container (cmd/nerdctl/inspect/inspect.go). What is missing is said in other words. */
export async function inspectAny(call: Call): Promise<number> {
  const { flags } = call;
  atLeast(1, flags.rest);
  const type = flags.text('type');
  if (!['', 'image', 'container'].includes(type))
    throw new Failure(`"${type}" is not a valid value for --type`);
  const wrong: string[] = [];
  for (const request of flags.rest) {
    const one = { ...call, flags: { ...flags, rest: [request] } };
    const isImage =
      type !== 'container' &&
      (await connected(call, async (at) => await findImage(at, request))) !== undefined;
    const isContainer = type !== 'image' && (await connected(call, async (at) => await isThere(at, request)));
    try {
      if (isImage) await imageInspect(one);
      else if (isContainer) await inspect(one);
      else wrong.push(`no such object ${request}`);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      wrong.push(error.message);
    }
  }
  if (wrong.length > 0) throw new Failure(`${wrong.length} errors: [${wrong.join(' ')}]`);
  return 0;
}
