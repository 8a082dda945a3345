import { basename } from 'node:path';
import { isDependencyFolder } from '../copy/listing.ts';
import { LOADED_FILES } from './loaded-files.ts';
import { comparable, foldersOf } from '../paths.ts';
import {
  COMPILED_ENDS,
  FOLDERS_OF_TOOLS,
  PLAIN_DOTFILES,
  PLAIN_ENDS,
  PLAIN_NAMES,
  SCRIPT_ENDS,
} from './plain-names.ts';

/**
 * Files with which a project makes the host's programs run something: when a folder is opened, on a git command, in an
 * editor, an agent or a CI service, or under a name that people type without reading (`npm test`, `make`). Such a file
 * leaves a bottle only with the user's separate consent. Pure. The names are in `loaded-files.ts`. No list of names is
 * complete, so there are also classes: programs, compiled code, dotfiles, and possible configuration where tools look
 * for it.
 */

interface Compiled {
  readonly why: string;
  readonly pattern: RegExp;
  /** The folders above, any of which a symlink could replace. */
  readonly parents: RegExp | undefined;
}

const COMPILED: readonly Compiled[] = LOADED_FILES.flatMap(({ why, patterns }) =>
  patterns.map((pattern) => ({ why, pattern: compile(pattern), parents: compileParents(pattern) })),
);

function compile(pattern: string): RegExp {
  const isFolder = pattern.endsWith('/');
  const start = pattern.startsWith('/') ? '^' : '(?:^|/)';
  return new RegExp(`${start}${escaped(pattern.replaceAll(/^\/|\/$/g, ''))}${isFolder ? '(?:/|$)' : '$'}`);
}

/** For `a/b/c`: matches a path that ends with `a` or `a/b`. */
function compileParents(pattern: string): RegExp | undefined {
  const components = pattern
    .split('/')
    .filter((component) => component !== '')
    .slice(0, -1);
  const ends = components.map((_, index) => escaped(components.slice(0, index + 1).join('/')));
  return ends.length === 0 ? undefined : new RegExp(`(?:^|/)(?:${ends.join('|')})$`);
}

function escaped(pattern: string): string {
  return pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '[^/]*');
}

/**
 * Returns a path as tools on any host may read it: in the form of `comparable`, and without what Windows drops from
 * names: dots and blanks at the end, and streams (`Makefile::$DATA`). Source: Microsoft, "Naming Files, Paths, and
 * Namespaces".
 */
export const toolName = (path: string): string =>
  comparable(path)
    .split('/')
    .map((name) => name.replace(/(?<=.):.*$/s, '').replace(/(?<=[^. ])[. ]+$/, ''))
    .join('/');

/** Returns why a program of the host would run or obey what is at this path; undefined if no known program would. */
export function hostExecutes(path: string, isLink: boolean): string | undefined {
  const name = toolName(path);
  // Dependency folders stay in the bottle, except files that the project tracks. A link, or another spelling, could
  // stand for one.
  const folders = isLink ? [...foldersOf(name), name] : foldersOf(name);
  return folders.some(isDependencies) ? IN_DEPENDENCIES : (whyInTable(name, isLink) ?? whyByShape(name));
}

/**
 * Returns why a program of the host would run or obey the target of a link at this path. A dependency that is a link
 * does not make its source code more than source code: package managers make such links to the packages of a project
 * (`node_modules/app -> ../src`).
 */
export function hostFollows(
  path: string,
  isPackage: (folder: string) => boolean = isTop,
): string | undefined {
  const name = toolName(path);
  if (PACKAGE.test(name) && !isDependencies(name)) return whyInTable(name, true);
  return hostExecutes(path, true) ?? mayConfigure(path, { isLink: true, isPackage });
}

const isTop = (folder: string): boolean => folder === '';

/** A package's own folder: not `.bin/eslint`, and nothing within a package. */
const PACKAGE = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^./@][^/]*$/;
const IN_DEPENDENCIES = 'your tools run the files in a folder of that name';
const isDependencies = (folder: string): boolean => isDependencyFolder(basename(folder));

const whyInTable = (name: string, isLink: boolean): string | undefined =>
  COMPILED.find(({ pattern, parents }) => pattern.test(name) || (isLink && parents?.test(name) === true))
    ?.why;

/** `x.config.ts`, `x.setup.js`, `xrc`, `xrc.json` and `Xfile`: the usual shapes of names that tools load. */
const SHAPE =
  /(?:^|\/)(?:[^/]+\.(?:config|conf|setup)\.[^/.]+|[^/.]{2,}(?:rc|file)|[^/.]{2,}rc\.(?:json5?|ya?ml|toml|[cm]?[jt]s))$/;
const BY_SHAPE = 'its name is one of those that tools load as configuration or code';
/** `MAKEFI~1` is `Makefile` on a Windows file system with short names. */
const SHORT_NAME = /(?:^|\/)[^/.~]{1,6}~\d(?:\.[^/.]{0,3})?(?:\/|$)/;

function whyByShape(name: string): string | undefined {
  if (SCRIPT_ENDS.has(endOf(name))) return PROGRAM;
  if (COMPILED_ENDS.has(endOf(name)) || /\.so\.\d/.test(name))
    return 'compiled code: a diff does not show what it does';
  if (SHAPE.test(name)) return BY_SHAPE;
  if (SHORT_NAME.test(name)) return 'a file system of Windows may take it for another name';
  const [first = '', ...rest] = name.split('/');
  const isModule = rest.length === 0 ? endOf(first) === 'py' : rest.join('/') === '__init__.py';
  return isModule && PYTHON_MODULES.has(first.replace(/\.py$/, ''))
    ? 'Python loads it instead of a standard module'
    : undefined;
}

/** Why apply asks about an executable file. */
export const PROGRAM = 'a program, which runs by its name';
const DOTFILE = 'a dotfile: tools read such files by themselves';

/** The extension of a name; empty if there is none, and for `.name`. */
function endOf(path: string): string {
  const name = basename(path);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1);
}

const isDotfile = (name: string): boolean => {
  const folders = foldersOf(name).map((folder) => basename(folder));
  return folders.some((folder) => folder.startsWith('.')) || basename(name).startsWith('.');
};

/**
 * Returns why a file may be configuration of a tool that the tables do not know: it is a dotfile, or it lies where
 * tools look and is neither source code, nor text, nor known data.
 * @param isPackage whether tools start from a folder (in the form of `toolName`, `''` for the project's top)
 */
export function mayConfigure(
  path: string,
  { isLink, isPackage }: { readonly isLink: boolean; readonly isPackage: (folder: string) => boolean },
): string | undefined {
  const name = toolName(path);
  const [last, folders] = [basename(name), foldersOf(name)];
  if (
    isDotfile(name) &&
    (folders.some((folder) => basename(folder).startsWith('.')) || !PLAIN_DOTFILES.has(last))
  )
    return DOTFILE;
  if (isPlain(last, isLink)) return undefined;
  if (isPackage(folders.at(-1) ?? '')) return 'it may be configuration: it lies where tools start from';
  const isOfTools = folders.some((folder) => FOLDERS_OF_TOOLS.has(basename(folder)));
  return isOfTools ? 'it may be configuration: it lies in a folder of tools' : undefined;
}

/** A link without an extension usually leads to a folder. Another check reads a `package.json` and a `.gitignore`. */
function isPlain(last: string, isLink: boolean): boolean {
  const end = endOf(last);
  if (last === 'package.json' || PLAIN_DOTFILES.has(last)) return true;
  return end === '' ? isLink || PLAIN_NAMES.has(last) : PLAIN_ENDS.has(end);
}

/**
 * Modules of Python's standard library. `python -m pytest` first searches the folder that it starts in (python(1),
 * `-m`), so every program started like that loads a file of such a name at the top of a project.
 * Source: `sys.stdlib_module_names` of CPython 3.11, without names that begin with `_`.
 */
const PYTHON_MODULES: ReadonlySet<string> = new Set(
  `
  abc aifc argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins
  bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall
  concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime
  dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp
  fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip
  hashlib heapq hmac html http imaplib imghdr imp importlib inspect io ipaddress itertools json keyword
  linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt
  multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev
  pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile
  pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource
  rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr
  socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep
  struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap
  threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle types typing
  unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib
  xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
`
    .trim()
    .split(/\s+/),
);
