/**
 * Rewrites Go's regular expressions (RE2) for JavaScript. The two differ in flags that begin in the middle, in the
 * meaning of `.`, `\s`, `\z` and POSIX classes, and in the names of groups. https://github.com/google/re2/wiki/Syntax
 */

/** The expression cannot be rewritten. The message is a clause for people. */
class UnknownSyntax extends Error {
  override readonly name = 'UnknownSyntax';
}

interface Flags {
  readonly i: boolean;
  readonly s: boolean;
  readonly m: boolean;
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const SPACE = '\\t\\n\\f\\r ';

/**
 * Returns the JavaScript for a Go expression, to be compiled without flags.
 * @throws UnknownSyntax for syntax that it cannot rewrite
 */
export function translateRe2(source: string): string {
  const state = { source, at: 0 };
  const translated = alternatives(state, { i: false, s: false, m: false });
  if (state.at < source.length) throw new UnknownSyntax('has an unmatched )');
  return translated;
}

interface State {
  readonly source: string;
  at: number;
}

/** Rewrites all up to the end of the group, or of the expression. Flags that begin inside end there. */
function alternatives(state: State, outer: Flags): string {
  let flags = outer;
  let out = '';
  while (state.at < state.source.length && state.source[state.at] !== ')') {
    const change = /^\(\?([imsU]*)(?:-([imsU]+))?\)/.exec(state.source.slice(state.at));
    if (change !== null) {
      flags = changed(flags, change[1] ?? '', change[2] ?? '');
      state.at += change[0].length;
    } else {
      out += item(state, flags);
    }
  }
  return out;
}

function changed(flags: Flags, on: string, off: string): Flags {
  if (`${on}${off}`.includes('U')) throw new UnknownSyntax('uses the flag U');
  const now = (flag: keyof Flags) => (flags[flag] || on.includes(flag)) && !off.includes(flag);
  return { i: now('i'), s: now('s'), m: now('m') };
}

function item(state: State, flags: Flags): string {
  const character = state.source[state.at] ?? '';
  if (character === '(') return group(state, flags);
  if (character === '[') return characterClass(state, flags);
  if (character === '\\') return escape(state, flags);
  state.at += 1;
  if (character === '.') return flags.s ? '[^]' : '[^\\n]';
  if (character === '^') return flags.m ? '(?:^|(?<=\\n))' : '^';
  if (character === '$') return flags.m ? '(?=\\n|$)' : '$';
  if (character === '{' && !/^\d+(?:,\d*)?\}/.test(state.source.slice(state.at))) return '\\{';
  return flags.i ? bothCases(character) : character;
}

function group(state: State, outer: Flags): string {
  const opening = /^\((?:\?(?:P?<([A-Za-z_]\w*)>|([imsU]*)(?:-([imsU]+))?:))?/.exec(
    state.source.slice(state.at),
  );
  const [text = '', name, on, off] = opening ?? [];
  state.at += text.length;
  if (text === '(' && state.source[state.at] === '?')
    throw new UnknownSyntax('has a group of an unknown kind');
  const inner = alternatives(state, on === undefined ? outer : changed(outer, on, off ?? ''));
  if (state.source[state.at] !== ')') throw new UnknownSyntax('has an open group');
  state.at += 1;
  if (text === '(') return `(${inner})`;
  return name === undefined ? `(?:${inner})` : `(?<${name}>${inner})`;
}

function escape(state: State, flags: Flags): string {
  const rest = state.source.slice(state.at);
  const quoted = /^\\Q(.*?)(?:\\E|$)/s.exec(rest);
  if (quoted !== null) {
    state.at += quoted[0].length;
    const literal = (quoted[1] ?? '').replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    return flags.i ? literal.replace(/[a-z]/gi, bothCases) : literal;
  }
  const [whole, code] = /^\\x(?:\{([0-9a-f]+)\}|[0-9a-f]{2})/i.exec(rest) ?? [rest.slice(0, 2)];
  state.at += whole.length;
  if (code !== undefined) return codePoint(code);
  return escapedOutside(whole[1] ?? '', whole);
}

function escapedOutside(letter: string, whole: string): string {
  if (letter === 'z') return '(?![^])';
  if (letter === 'A') return '(?<![^])';
  if (letter === 's') return `[${SPACE}]`;
  if (letter === 'S') return `[^${SPACE}]`;
  if (letter === 'a') return '\\x07';
  if (/[pPC]/.test(letter)) throw new UnknownSyntax(`uses \\${letter}`);
  if (letter === '') throw new UnknownSyntax('ends in a backslash');
  return whole;
}

function codePoint(code: string): string {
  const value = Number.parseInt(code, 16);
  if (value > 0xff) throw new UnknownSyntax('names a character beyond one byte');
  return `\\x${value.toString(16).padStart(2, '0')}`;
}

function bothCases(character: string): string {
  return /[a-z]/i.test(character) ? `[${character.toLowerCase()}${character.toUpperCase()}]` : character;
}

/** Rewrites `[...]`: spells out POSIX classes and both cases. */
function characterClass(state: State, flags: Flags): string {
  const start = /^\[\^?\]?/.exec(state.source.slice(state.at))?.[0] ?? '[';
  state.at += start.length;
  let out = start.replace(']', '\\]');
  for (;;) {
    const rest = state.source.slice(state.at);
    if (rest === '') throw new UnknownSyntax('has an open class');
    if (rest.startsWith(']')) {
      state.at += 1;
      return `${out}]`;
    }
    out += classItem(state, rest, flags);
  }
}

const MEMBER = String.raw`(?:\\x\{[0-9a-f]+\}|\\x[0-9a-f]{2}|\\[^]|[^])`;
const RANGE = new RegExp(`^(${MEMBER})-((?!\\])${MEMBER})`, 'i');

function classItem(state: State, rest: string, flags: Flags): string {
  const posix = /^\[:(\^?)(\w+):\]/.exec(rest);
  if (posix !== null) {
    const members =
      posix[1] === '' && Object.hasOwn(POSIX, posix[2] ?? '') ? POSIX[posix[2] ?? ''] : undefined;
    if (members === undefined) throw new UnknownSyntax(`uses the class ${posix[0]}`);
    state.at += posix[0].length;
    return members;
  }
  const range = RANGE.exec(rest);
  if (range !== null && !/^\\[dDsSwWpP]/.test(range[1] ?? '')) {
    state.at += range[0].length;
    const text = `${member(range[1] ?? '')}-${member(range[2] ?? '')}`;
    return flags.i ? text + otherCaseOf(range[1] ?? '', range[2] ?? '') : text;
  }
  const single = new RegExp(`^${MEMBER}`, 'i').exec(rest)?.[0] ?? '';
  state.at += single.length;
  return flags.i && /^[a-z]$/i.test(single) ? single.toLowerCase() + single.toUpperCase() : member(single);
}

function member(text: string): string {
  const code = /^\\x\{([0-9a-f]+)\}$/i.exec(text)?.[1];
  if (code !== undefined) return codePoint(code);
  if (text === '\\s') return SPACE;
  if (text === '\\S') return '\\x00-\\x08\\x0b\\x0e-\\x1f!-\\xff';
  if (text === '\\a') return '\\x07';
  if (/^\\[pPC]/.test(text)) throw new UnknownSyntax(`uses ${text}`);
  return text === '[' ? '\\[' : text;
}

/** Returns the letters of a range in the other case. */
function otherCaseOf(first: string, last: string): string {
  if (first.length > 1 || last.length > 1) return '';
  const letters = Array.from({ length: last.charCodeAt(0) - first.charCodeAt(0) + 1 }, (_, index) =>
    String.fromCharCode(first.charCodeAt(0) + index),
  ).filter((letter) => /[a-z]/i.test(letter));
  const swapped = letters.map((letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()));
  const [from, to] = [swapped[0], swapped.at(-1)];
  if (from === undefined || to === undefined) return '';
  return swapped.length === to.charCodeAt(0) - from.charCodeAt(0) + 1 ? `${from}-${to}` : swapped.join('');
}
