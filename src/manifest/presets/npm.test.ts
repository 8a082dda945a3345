import { expect, test } from 'vitest';
import { npmAnswer } from './npm.ts';

const CONFIG = {
  registry: 'https://me:s3cret@npm.example/',
  '@corp:registry': 'https://corp.example/',
  cache: '/srv',
};

test('the preset npm opens the registry and those of scopes', () => {
  expect(npmAnswer(JSON.stringify(CONFIG)).urls).toEqual([CONFIG.registry, CONFIG['@corp:registry']]);
});

test('npm in a bottle asks the same registry, without its login', () => {
  expect(npmAnswer(JSON.stringify(CONFIG)).settings?.({ host: '127.0.0.1', port: 1 }).env).toEqual({
    NPM_CONFIG_REGISTRY: 'https://npm.example/',
    YARN_NPM_REGISTRY_SERVER: 'https://npm.example/',
  });
});

test('the preset npm fails where npm keeps its registry to itself', () => {
  expect(() => npmAnswer('{}')).toThrow('npm does not say what its registry is');
});
