import { expect, test } from 'vitest';
import { pipVariables } from './registry-settings.ts';

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
])('%s', (_, configuration, variables) => {
  expect(pipVariables(configuration)).toEqual(variables);
});
