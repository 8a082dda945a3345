import { describe, expect, test } from 'vitest';
import { pipUrls, pipVariables } from './pip.ts';

const both = (url: string) => ({ PIP_INDEX_URL: url, UV_DEFAULT_INDEX: url });

test.each([
  ['nothing is configured', "global.timeout='60'\n", {}],
  [
    'an index',
    "global.index-url='https://pip.corp.example/simple'\n",
    both('https://pip.corp.example/simple'),
  ],
  [
    'a variable beats the command’s section, and that the rest',
    "global.index-url='https://a.test/s'\ninstall.index-url='https://b.test/s'\n:env:.index-url='https://c.test/s'\n",
    both('https://c.test/s'),
  ],
  ['a login stays outside', "global.index-url='https://me:s3cret@a.test/s'\n", both('https://a.test/s')],
  [
    'several more',
    "global.extra-index-url='\\nhttps://a.test/s\\nhttps://u:p@b.test/s'\n",
    {
      PIP_EXTRA_INDEX_URL: 'https://a.test/s https://b.test/s',
      UV_INDEX: 'https://a.test/s https://b.test/s',
    },
  ],
])('the output of pip is read: %s', (_, configuration, variables) => {
  expect(pipVariables(configuration)).toEqual(variables);
});

describe('what pip downloads from', () => {
  const BUILT_IN = 'https://index.example/simple https://files.example\n';

  test('pip downloads from its default index and file host, where nothing else is configured', () => {
    expect(pipUrls("global.timeout='60'\n", BUILT_IN)).toEqual([
      'https://index.example/simple',
      'https://files.example',
    ]);
  });

  test('pip downloads from another index only, where that replaces the default', () => {
    expect(pipUrls("global.index-url='https://mirror.example/simple'\n", BUILT_IN)).toEqual([
      'https://mirror.example/simple',
    ]);
  });

  test('pip downloads from additional indexes and links', () => {
    const config =
      "global.extra-index-url='\\nhttps://a.example/simple\\nhttps://b.example'\n:env:.find-links='/opt/wheels https://c.example/w'\n";
    expect(pipUrls(config, BUILT_IN)).toEqual([
      'https://a.example/simple',
      'https://b.example',
      'https://c.example/w',
      'https://index.example/simple',
      'https://files.example',
    ]);
  });

  test('pip downloads from its file host too, where its default index is configured explicitly', () => {
    expect(pipUrls("install.index-url='https://index.example/simple'\n", BUILT_IN)).toContain(
      'https://files.example',
    );
  });
});
