import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { apply } from '../../../src/workspace/apply/apply.ts';
import { git, Place, reasons } from './workspace-place.ts';

/**
 * Files that the project ignores do not enter a bottle, and an agent cannot make them enter the next one without the
 * user's consent.
 */

let place: Place;
let next: Place;
beforeEach(() => {
  [place, next] = [new Place(), new Place()];
  place.write('.gitignore', '\ufeffcustomers.csv\n*.log\n'); // with the byte order mark that some editors begin a file with
  place.write('src/a.ts');
  place.commitAll();
  for (const path of ['customers.csv', 'src/customers.csv', 'x.log']) place.write(path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const each of [place, next]) each.remove();
});

async function applied(answer: boolean): Promise<string[]> {
  const asked: string[] = [];
  await apply({
    ...place.paths,
    bottleId: 'bottle-1',
    consent: async (executed) => {
      asked.push(...executed.map(({ path }) => path));
      return answer;
    },
  });
  return asked;
}

/** Returns the ignored files that enter a second bottle of the same project. */
async function enterNext(): Promise<string[]> {
  await next.copy(place.project);
  return ['customers.csv', 'src/customers.csv', 'x.log'].filter((path) => existsSync(join(next.work, path)));
}

const CHANGES: Readonly<
  Record<string, { readonly change: () => void; readonly path: string; readonly enters: string[] }>
> = {
  'a line that is taken away': {
    change: () => place.agentWrites('.gitignore', '*.log\n'),
    path: '.gitignore',
    enters: ['customers.csv', 'src/customers.csv'],
  },
  'an exception in a folder below': {
    change: () => place.agentWrites('src/.gitignore', '!customers.csv\n'),
    path: 'src/.gitignore',
    enters: ['src/customers.csv'],
  },
  'an exception behind a byte order mark': {
    change: () => place.agentWrites('src/.gitignore', '\ufeff!customers.csv\n'),
    path: 'src/.gitignore',
    enters: ['src/customers.csv'],
  },
  'a byte order mark that belongs to a pattern, as it is at the beginning no more': {
    change: () => place.agentWrites('.gitignore', 'dist/\n\ufeffcustomers.csv\n*.log\n'),
    path: '.gitignore',
    enters: ['customers.csv', 'src/customers.csv'],
  },
  'a file that is removed': {
    change: () => rmSync(join(place.work, '.gitignore')),
    path: '.gitignore',
    enters: ['customers.csv', 'src/customers.csv', 'x.log'],
  },
  'a file that becomes a link': {
    change: () => {
      rmSync(join(place.work, '.gitignore'));
      place.agentWrites('src/ignored', 'customers.csv\n*.log\n');
      symlinkSync('src/ignored', join(place.work, '.gitignore'));
    },
    path: '.gitignore',
    enters: ['customers.csv', 'src/customers.csv', 'x.log'],
  },
};

test.each(Object.entries(CHANGES))(
  '%s needs consent, and without it nothing more enters',
  async (_, { change, path }) => {
    await place.copy();
    change();
    expect(await applied(false)).toEqual([path]);
    expect(await enterNext()).toEqual([]);
  },
);

test.each(Object.entries(CHANGES))(
  '%s has more enter after consent (control)',
  async (_, { change, enters }) => {
    await place.copy();
    change();
    await applied(true);
    expect(await enterNext()).toEqual(enters);
  },
);

test('lines that ignore more need no consent', async () => {
  await place.copy();
  place.agentWrites('.gitignore', 'customers.csv\r\ndist/\r\n*.log\r\n');
  place.agentWrites('src/logs/.gitignore', '*\n!.gitignore\n'); // keeps an empty folder
  expect(await applied(false)).toEqual([]);
  expect(await enterNext()).toEqual([]);
  expect(readFileSync(join(place.project, '.gitignore'), 'utf8')).toContain('dist/');
  expect(existsSync(join(next.work, 'src/logs/.gitignore'))).toBe(true);
});

/**
 * Ways to ignore more files than the repository's own lists do, besides the list for all of the user's repositories.
 */
const LISTS: Readonly<Record<string, (list: string) => void>> = {
  'that the user’s settings have for some repositories': (list) => {
    writeFileSync(place.inHome('some'), `[core]\n\texcludesFile = ${list}\n`);
    writeFileSync(place.inHome('.gitconfig'), `[includeIf "gitdir:${place.folder}/"]\n\tpath = some\n`);
  },
  'that the repository sets': (list) => {
    writeFileSync(place.inHome('.gitconfig'), '[core]\n\texcludesFile = /nonexistent\n');
    git(place.project, 'config', 'core.excludesFile', list);
  },
  'that its info/exclude links to': (list) => {
    mkdirSync(join(place.project, '.git/info'), { recursive: true });
    rmSync(join(place.project, '.git/info/exclude'), { force: true });
    symlinkSync(list, join(place.project, '.git/info/exclude'));
  },
};

describe.each(Object.entries(LISTS))('an ignore list %s', (_, arrange) => {
  beforeEach(() => {
    writeFileSync(join(place.folder, 'list'), '*.secret\n');
    arrange(join(place.folder, 'list'));
    place.write('sub/a.secret');
  });

  test('files that it ignores stay out of a bottle, and are no work in it', async () => {
    expect(reasons(await place.copy())).toMatchObject({ 'sub/a.secret': 'ignored' });
    for (const path of ['new.secret', 'new.ts']) place.agentWrites(path);
    await applied(false);
    expect(['new.secret', 'new.ts'].map((path) => existsSync(join(place.project, path)))).toEqual([
      false,
      true,
    ]);
  });

  test('files that it ignores stay out of a bottle for a folder of the repository', async () => {
    expect(reasons(await place.copy(join(place.project, 'sub')))).toMatchObject({ 'a.secret': 'ignored' });
  });

  test('its text does not reach a bottle', async () => {
    await place.copy();
    expect(git(place.work, 'config', '--list', '--local')).not.toContain('excludes');
    const exclude = join(place.work, '.git/info/exclude');
    expect(existsSync(exclude) ? readFileSync(exclude, 'utf8') : '').not.toContain('secret');
  });
});

test("user settings that git cannot read end a copy with git's message", async () => {
  writeFileSync(place.inHome('.gitconfig'), '[core\n');
  await expect(place.copy()).rejects.toMatchObject({
    code: 'dependencyMissing',
    details: [expect.stringMatching(/bad config line 1 in file .*gitconfig/)],
  });
});

test('a link to an excluded file needs consent, and a link to another file does not', async () => {
  place.write('.env', 'TOKEN=1');
  await place.copy();
  place.write('made-since.key');
  mkdirSync(join(place.work, 'public'));
  const links = {
    settings: '../.env',
    ignored: '../customers.csv',
    since: '../made-since.key',
    all: '..',
    code: '../src/a.ts',
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(place.work, 'public', name));
  place.agentWrites('public/index.html');
  symlinkSync('public/ignored', join(place.work, 'over-a-link'));
  expect(await applied(false)).toEqual([
    'over-a-link',
    'public/all',
    'public/ignored',
    'public/settings',
    'public/since',
  ]);
  expect(readdirSync(join(place.project, 'public')).sort()).toEqual(['code', 'index.html']);
  // With consent the file shows the secret.
  await applied(true);
  expect(readFileSync(join(place.project, 'public/settings'), 'utf8')).toBe('TOKEN=1');
});
